"""Customers > Customer > Notes: what a reseller's people write about a customer, and the steps that they plan.

A note belongs to one reseller site: its people read and write it, its distributor neither, and the other way round. It is kept in the store
itself, so that what was written a moment ago is there. Whoever changes one says which version was read; every version that was replaced is
kept, and one that is removed can be put back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from pao_core.access import Viewer, scope
from pao_core.access.people.names import MAX_NAME, misleading
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import Filters
from pao_core.locale import N_, Refused
from pao_core.store.schema import memberships, note_versions, notes, users

RIGHT = REPORTING_VIEW
DEFINITION = N_(
    "Notes and next steps that the people of your reseller site wrote about this customer. Your distributor does not see them, nor you those of "
    "the resellers that you distribute to. Every version is kept: who wrote it and when. A step is open until somebody finishes it."
)
NOTE, STEP = "note", "step"
KINDS = {NOTE: N_("Note"), STEP: N_("Next step")}
MOST_TEXT = 4_000  # characters
LAST_DAY = date(2199, 12, 31)
CONTENT = ("text", "due_on", "assignee", "done_at", "done_by")  # what a version holds


@dataclass(frozen=True)
class Draft:
    """What somebody writes; a step (`due_on` and `assignee` are a step's alone) has a day and the e-mail of who does it."""

    kind: str
    text: str
    due_on: date | None = None
    assignee: str | None = None


@dataclass(frozen=True)
class Version:
    """A note as it was from `changed_at` on; `done_at` is None of a note and of an open step."""

    version: int
    text: str
    due_on: date | None
    assignee: str | None
    done_at: datetime | None
    done_by: str | None
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True)
class Note:
    """A note or step as it is now; people are named by their e-mails."""

    id: int
    reseller: str
    site: str
    kind: str
    written_at: datetime
    written_by: str
    now: Version
    removed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is a step that waits to be done."""
        return self.kind == STEP and self.now.done_at is None and self.removed_at is None

    @property
    def draft(self) -> Draft:
        """What it says, to be changed."""
        return Draft(self.kind, self.now.text, self.now.due_on, self.now.assignee)


class Outdated(Refused):
    """Somebody else changed the note meanwhile; `now` is what it is now."""

    def __init__(self, now: Note) -> None:
        super().__init__(N_("{who} changed this meanwhile. Look at both, then save again or keep the other."), who=now.now.changed_by)
        self.now = now


# -- reading ----------------------------------------------------------------------------------------------------------
def listed(viewer: Viewer, filters: Filters, *, removed: bool = False) -> list[Note]:
    """The notes of the customer that the filters name: open steps, the first due first, then the rest, the newest first. With `removed`
    those that were removed instead."""
    viewer.require(RIGHT)
    here: list[ColumnElement[bool]] = [
        notes.c.reseller_site_number.in_(viewer.sites()), notes.c.removed_at.is_not(None) if removed else notes.c.removed_at.is_(None),
    ]
    if filters.site:
        here.append(notes.c.site_number.in_(filters.site))
    if filters.agreement:
        here.append(scope.of_agreements(notes, filters.agreement))
    with viewer.reading() as connection:
        found = [_note(row) for row in connection.execute(select(notes).where(*here))]
    newest = sorted(found, key=lambda note: (note.written_at, note.id), reverse=True)
    return sorted(newest, key=lambda note: (not note.is_open, note.now.due_on or LAST_DAY if note.is_open else LAST_DAY))


def versions(viewer: Viewer, note: int) -> list[Version]:
    """The versions that were replaced, the newest first; none of a note that is not of the viewer's own reseller sites."""
    viewer.require(RIGHT)
    mine = note_versions.c.note_id == note, note_versions.c.reseller_site_number.in_(viewer.sites())
    with viewer.reading() as connection:
        rows = connection.execute(select(note_versions).where(*mine).order_by(note_versions.c.version.desc()))
        return [_version(row) for row in rows]


def steps_due(viewer: Viewer, until: date) -> list[Note]:
    """The open steps that the viewer is to do, due up to a day, the first due first."""
    viewer.require(RIGHT)
    mine = (notes.c.reseller_site_number.in_(viewer.sites()), notes.c.assignee == viewer.email, notes.c.kind == STEP,
            notes.c.done_at.is_(None), notes.c.removed_at.is_(None), notes.c.due_on <= until)
    with viewer.reading() as connection:
        return [_note(row) for row in connection.execute(select(notes).where(*mine).order_by(notes.c.due_on, notes.c.id))]


def people(viewer: Viewer, reseller: str) -> dict[str, str]:
    """Whom a step may be given to: name by e-mail of who has a place at the viewer's own reseller site; nobody at another."""
    if reseller not in viewer.sites():
        return {}
    with viewer.store.reading() as connection:
        return _people(connection, reseller)


def _people(connection: Connection, reseller: str) -> dict[str, str]:
    here = users.join(memberships, memberships.c.user_id == users.c.id)
    active = memberships.c.suspended_at.is_(None), users.c.status != "suspended", memberships.c.reseller_site_number == reseller
    found = connection.execute(select(users.c.email, users.c.name).select_from(here).where(*active))
    return {row.email: row.name for row in sorted(found, key=lambda row: (row.name.casefold(), row.email))}


def _note(row: Row[Any]) -> Note:
    return Note(row.id, row.reseller_site_number, row.site_number, row.kind, row.written_at, row.written_by, _version(row), row.removed_at)


def _version(row: Row[Any]) -> Version:
    return Version(row.version, row.text, row.due_on, row.assignee, row.done_at, row.done_by, row.changed_at, row.changed_by)


# -- writing ----------------------------------------------------------------------------------------------------------
def write(viewer: Viewer, reseller: str, site: str, draft: Draft) -> int:
    """Write a note or plan a step about a customer's site, for one reseller site of the viewer's own; gives its number.

    Raises AccessDenied at another reseller site, Refused for a site without a row of the reseller's or sold through it, for a text or day
    that cannot be, and for somebody who has no place there.
    """
    with viewer.acting("note.written", f"site {_named(site)}", reseller) as act:
        if not act.connection.scalar(select(or_(*scope.seen_at(site, (reseller,))))):
            raise Refused(N_("There is no customer site {site} among those whose rows you see. Open the customer and write the note there."),
                          site=_named(site))
        given = _checked(act.connection, reseller, draft)
        new = insert(notes).values(
            reseller_site_number=reseller, site_number=site, kind=given.kind, text=given.text, due_on=given.due_on, assignee=given.assignee,
            written_at=act.at, written_by=viewer.email, changed_at=act.at, changed_by=viewer.email, version=1)
        made = int(act.connection.execute(new.returning(notes.c.id)).scalar_one())
        act.audit(note=made, after=_told(given))
        return made


def change(viewer: Viewer, reseller: str, note: int, version: int, draft: Draft) -> None:
    """Replace what a note at `version` says; its kind stays. Raises Outdated when it is another version now, AccessDenied and Refused as
    `write`."""
    with viewer.acting("note.changed", f"note {note}", reseller) as act:
        before = _locked(act.connection, reseller, note, version)
        given = _checked(act.connection, reseller, Draft(before.kind, draft.text, draft.due_on, draft.assignee), before.now.assignee)
        _replace(act.connection, before, act.at, viewer.email, text=given.text, due_on=given.due_on, assignee=given.assignee)
        act.audit(site=before.site, before=_told(before.draft), after=_told(given))


def finish(viewer: Viewer, reseller: str, note: int, version: int) -> None:
    """Finish an open step. Raises as `change`, and Refused for what is no open step."""
    with viewer.acting("step.done", f"note {note}", reseller) as act:
        before = _locked(act.connection, reseller, note, version)
        if not before.is_open:
            raise Refused(N_("This is no open step: it is done already, or a note. Look at the list again."))
        _replace(act.connection, before, act.at, viewer.email, done_at=act.at, done_by=viewer.email)
        act.audit(site=before.site)


def reopen(viewer: Viewer, reseller: str, note: int, version: int) -> None:
    """Take back that a step is done; of an open one nothing is changed but its version. Raises as `change`."""
    with viewer.acting("note.changed", f"note {note}", reseller) as act:
        before = _locked(act.connection, reseller, note, version)
        _replace(act.connection, before, act.at, viewer.email, done_at=None, done_by=None)
        act.audit(site=before.site, before={"done": before.now.done_at is not None}, after={"done": False})


def remove(viewer: Viewer, reseller: str, note: int, version: int) -> None:
    """Take a note off the page; its versions stay readable among those removed. Raises as `change`."""
    with viewer.acting("note.removed", f"note {note}", reseller) as act:
        before = _locked(act.connection, reseller, note, version)
        _replace(act.connection, before, act.at, viewer.email, removed_at=act.at)
        act.audit(site=before.site, before=_told(before.draft))


def put_back(viewer: Viewer, reseller: str, note: int, version: int) -> None:
    """Put a removed note back on the page. Raises as `change`."""
    with viewer.acting("note.changed", f"note {note}", reseller) as act:
        before = _locked(act.connection, reseller, note, version, removed=True)
        _replace(act.connection, before, act.at, viewer.email, removed_at=None)
        act.audit(site=before.site, after=_told(before.draft))


def _locked(connection: Connection, reseller: str, note: int, version: int, *, removed: bool = False) -> Note:
    """The note that is to be changed, held until the transaction ends."""
    there = notes.c.removed_at.is_not(None) if removed else notes.c.removed_at.is_(None)
    mine = notes.c.id == note, notes.c.reseller_site_number == reseller, there
    row = connection.execute(select(notes).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise Refused(N_("This note is not, or no longer, at your site. Look at the list again."))
    found = _note(row)
    if found.now.version != version:
        raise Outdated(found)
    return found


def _replace(connection: Connection, before: Note, at: datetime, by: str, **values: Any) -> None:
    """Keep the version that is replaced, and make the next one."""
    was = before.now
    connection.execute(insert(note_versions).values(
        note_id=before.id, version=was.version, reseller_site_number=before.reseller, changed_at=was.changed_at, changed_by=was.changed_by,
        **{name: getattr(was, name) for name in CONTENT}))
    connection.execute(update(notes).where(notes.c.id == before.id).values(version=was.version + 1, changed_at=at, changed_by=by, **values))


def _checked(connection: Connection, reseller: str, draft: Draft, before: str | None = None) -> Draft:
    """The draft as it is kept, or Refused with what to mend. Somebody who has left meanwhile keeps a step given `before`."""
    if draft.kind not in KINDS:
        raise Refused(N_("{kind} is neither a note nor a step."), kind=_named(draft.kind))
    text = "\n".join(line.rstrip() for line in unicodedata.normalize("NFC", draft.text).strip().splitlines())
    if not text:
        raise Refused(N_("Write something first: the text is empty."))
    if len(text) > MOST_TEXT:
        raise Refused(N_("The text is too long, it holds at most {most} characters."), most=MOST_TEXT)
    if any(misleading(line.replace("\t", " ")) for line in text.split("\n")):
        raise Refused(N_("The text holds characters that cannot be shown. Write it again without them."))
    if draft.kind == NOTE:
        return Draft(NOTE, text)
    if draft.due_on is None:
        raise Refused(N_("Give the day on which the step is due."))
    if draft.assignee is None or (draft.assignee != before and draft.assignee not in _people(connection, reseller)):
        raise Refused(N_("{person} has no place at this site now. Give the step to one of its people."), person=_named(draft.assignee or "–"))
    return Draft(STEP, text, draft.due_on, draft.assignee)


def _named(text: str) -> str:
    """What a refused attempt is said to be about: as typed, but no longer than a name."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:MAX_NAME]


def _told(draft: Draft) -> Mapping[str, Any]:
    """What the audit says of it: never the text, which has versions of its own."""
    return {"kind": draft.kind, "due_on": draft.due_on and draft.due_on.isoformat(), "assignee": draft.assignee}
