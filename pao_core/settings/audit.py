"""Settings > Audit: who did what to what, what it was before, when and from where; what was refused; who signed in.

The entries are in the store itself, not in its copy for reading: what was done a moment ago is there. Who sees which is said once, in `_reach`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, collate, false, func, or_, select, true, union

from pao_core.access import Viewer
from pao_core.access.people.names import shown
from pao_core.access.rights import ACCESS_VIEW, CONTACTS_VIEW, OPERATOR, AccessDenied
from pao_core.export.csv import table_csv
from pao_core.export.xlsx import table_xlsx
from pao_core.importing.datasets import DATASETS
from pao_core.locale import N_, Refused, _, formats
from pao_core.locale.words import AUDIT_OUTCOMES
from pao_core.report import Column
from pao_core.settings.told import Entry, act_text, row
from pao_core.store.engine import Store
from pao_core.store.schema import audit, memberships, sign_ins, users

TITLE = N_("Audit")
RIGHTS = (ACCESS_VIEW, OPERATOR)
DEFINITION = N_(
    "Every change and every attempt that was refused, with what it was before and after. Nobody can change or remove an entry: the database "
    "itself refuses it. You see what was done at the sites whose access you may view, and what you did yourself. The operator sees what was "
    "done to people and to the installation, and of the data of resellers nothing.\nSign-ins are kept for some weeks."
)
# What touches the data of a reseller: not for an operator who is no member there. A saved view names customers, in its filters and its name.
IMPORT_ACTS = ("import", "import.undo", "mapping.keep")
DATA_ACTS = (
    *IMPORT_ACTS, "entitlements.deployed", "note.written", "note.changed", "note.removed", "step.done", "view.saved", "view.changed", "view.shared",
    "view.removed", "view.marked", "shared_view.changed", "shared_view.removed", "calendar.made", "calendar.revoked",
)
CONTACT_ACTS = ("contact.added", "contact.changed", "contact.removed")
MOST = 20_000  # entries that are counted, can be leafed through, and fit a file
LONGEST = 200  # characters of what is searched for

ACTS, SIGN_INS = "acts", "sign-ins"
LISTS = {ACTS: N_("Changes and refusals"), SIGN_INS: N_("Sign-ins")}
COLUMNS = {
    ACTS: (
        Column("at", N_("When")), Column("actor", N_("Who")), Column("outcome", N_("Outcome"), "audit_outcome"), Column("act", N_("What")),
        Column("object", N_("To whom or what")), Column("reseller_site_number", N_("Site"), "code"), Column("address", N_("From")),
        Column("change", N_("Before and after")),
    ),
    SIGN_INS: (
        Column("at", N_("When")), Column("actor", N_("Who")), Column("outcome", N_("Outcome"), "audit_outcome"), Column("address", N_("From")),
    ),
}
_MACHINE = {
    ACTS: ("at", "actor", "act", "object", "reseller_site_number", "outcome", "address", "before", "after", "facts"),
    SIGN_INS: ("at", "actor", "outcome", "address"),
}


@dataclass(frozen=True)
class Asked:
    """What is looked for. Days are those of the installation's time zone, both included; `who` and `text` are parts of the person and of
    the object, taken literally, a to z in either case; `text` may also be a site number; `outcome` is done, refused or "" for both."""

    since: date | None = None
    until: date | None = None
    who: str = ""
    acts: tuple[str, ...] = ()
    outcome: str = ""
    text: str = ""

    def words(self) -> list[str]:
        """The filters that hold, as phrases."""
        said = {
            N_("from {value}"): self.since and formats.day(self.since), N_("to {value}"): self.until and formats.day(self.until),
            N_("who: {value}"): self.who, N_("what: {value}"): ", ".join(act_text(act) for act in self.acts),
            N_("outcome: {value}"): self.outcome and _(AUDIT_OUTCOMES[self.outcome]), N_("to whom or what: {value}"): self.text,
        }
        return [_(phrase, value=shown(value)) for phrase, value in said.items() if value]


@dataclass(frozen=True)
class Found:
    """A page of entries, the newest first; `count` is of all that match, up to MOST, and `more` says that there are more.
    `newest` pins what was there: asked for again, the next pages hold nothing twice however much is done meanwhile."""

    entries: list[Entry]
    count: int
    more: bool
    newest: int


# -- who sees what ----------------------------------------------------------------------------------------------------
def _reach(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    """The conditions of which an entry that the viewer may see fulfils at least one; each has an index in the order of time."""
    if viewer.every_reseller:
        return (true(),)
    site = audit.c.reseller_site_number
    ways: list[ColumnElement[bool]] = [site == number for number in viewer.sites(ACCESS_VIEW)]
    ways.append(audit.c.user_id == viewer.user_id)
    if viewer.operator:
        of_resellers = [name for name, dataset in DATASETS.items() if dataset.tenant]
        of_nobody = audit.c.refused | func.coalesce(audit.c.facts["dataset"].as_string(), "").not_in(of_resellers)
        member_at = [place.reseller_site_number for place in viewer.memberships]
        shared = site.is_(None) & audit.c.act.in_(IMPORT_ACTS) & of_nobody
        ways.append(or_(audit.c.act.not_in(DATA_ACTS), site.in_(member_at), shared))
    return tuple(ways)


def _reach_of_sign_ins(viewer: Viewer, connection: Connection) -> tuple[ColumnElement[bool], ...]:
    """The same for sign-ins: of the people of the sites whose access the viewer may view; of everybody for the operator."""
    if viewer.operator:
        return (true(),)
    there = select(users.c.email).join(memberships, memberships.c.user_id == users.c.id)
    emails = connection.scalars(there.where(memberships.c.reseller_site_number.in_(viewer.sites(ACCESS_VIEW)))).all()
    return (sign_ins.c.email.in_({*emails, viewer.email}),)


# -- finding ----------------------------------------------------------------------------------------------------------
def found(
    viewer: Viewer, asked: Asked, which: str = ACTS, *, limit: int = MOST, offset: int = 0, newest: int | None = None,
) -> Found:
    """The entries of a list that the viewer may see. `newest` is that of the page before. Raises AccessDenied without the right."""
    if not any(viewer.may(right) for right in RIGHTS):
        raise AccessDenied(ACCESS_VIEW)
    with viewer.store.reading() as connection:
        if which == ACTS:
            return _read(connection, audit, _reach(viewer), _conditions(viewer.store, asked), limit, offset, newest)
        reach = _reach_of_sign_ins(viewer, connection)
    with viewer.store.desk_reading() as desk:
        return _read(desk, sign_ins, reach, _conditions_of_sign_ins(viewer.store, asked), limit, offset, newest)


def contact_updates(viewer: Viewer, site: str, *, limit: int) -> list[Entry]:
    """The newest changes of the contacts of a reseller site, for those who may view its contacts. Raises AccessDenied without the right."""
    if site not in viewer.sites(CONTACTS_VIEW):
        raise AccessDenied(CONTACTS_VIEW)
    here = (audit.c.reseller_site_number == site,)
    changes = [audit.c.act.in_(CONTACT_ACTS), audit.c.refused.is_(False)]
    with viewer.store.reading() as connection:
        return _read(connection, audit, here, changes, limit, 0, None).entries


def _conditions(store: Store, asked: Asked) -> list[ColumnElement[bool]]:
    conditions = [*_in_time(store, audit, asked)]
    if asked.who:
        conditions.append(_contains(store, audit.c.actor, asked.who))
    if asked.acts:
        conditions.append(audit.c.act.in_(asked.acts))
    if asked.outcome:
        conditions.append(audit.c.refused.is_(asked.outcome == "refused"))
    if asked.text:
        conditions.append(or_(_contains(store, audit.c.object, asked.text), _is(audit.c.reseller_site_number, asked.text)))
    return conditions


def _conditions_of_sign_ins(store: Store, asked: Asked) -> list[ColumnElement[bool]]:
    conditions = [*_in_time(store, sign_ins, asked)]
    if asked.who:
        conditions.append(_contains(store, sign_ins.c.email, asked.who))
    if asked.outcome:
        conditions.append(sign_ins.c.succeeded.is_(asked.outcome == "done"))
    return conditions


def _in_time(store: Store, table: Table, asked: Asked) -> Iterator[ColumnElement[bool]]:
    """Whole days, as they begin in the installation's time zone."""
    zone = store.settings.timezone
    if asked.since:
        yield table.c.at >= datetime.combine(asked.since, time.min, zone)
    if asked.until:
        yield table.c.at < datetime.combine(asked.until + timedelta(days=1), time.min, zone)


def _contains(store: Store, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """The text is a part of the column's, sign for sign; both engines fold a to z and nothing else."""
    if _unknown(text):
        return false()
    small = "".join(mark.lower() if mark.isascii() else mark for mark in text)
    folded = func.lower(collate(column, "C") if store.on_postgresql else column)
    return folded.contains(small, autoescape=True)


def _is(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return false() if _unknown(text) else column == text


def _unknown(text: str) -> bool:
    """A text that no column can hold or nobody means: a database would refuse it."""
    return len(text) > LONGEST or "\x00" in text or any("\ud800" <= mark <= "\udfff" for mark in text)


def _read(
    connection: Connection, table: Table, reach: Sequence[ColumnElement[bool]], conditions: Sequence[ColumnElement[bool]], limit: int, offset: int,
    newest: int | None,
) -> Found:
    """A page, and the count up to MOST. Each way is read along its own index and no further than that: a million older entries cost nothing."""
    if newest is None:
        newest = connection.scalar(select(func.max(table.c.id))) or 0
    ways = [
        select(table.c.id, table.c.at).where(way, *conditions, table.c.id <= newest)
        .order_by(table.c.at.desc(), table.c.id.desc()).limit(MOST + 1).subquery()
        for way in reach
    ]
    whole = union(*(select(way) for way in ways)).subquery() if len(ways) > 1 else ways[0]
    ids = connection.scalars(select(whole.c.id).order_by(whole.c.at.desc(), whole.c.id.desc()).limit(MOST + 1)).all()
    rows = [
        row for some in _some(ids[:MOST][offset:offset + limit]) for row in connection.execute(select(table).where(table.c.id.in_(some)))
    ]
    entries = sorted((_entry(row) for row in rows), key=lambda entry: (entry.at, entry.id), reverse=True)
    return Found(entries, min(len(ids), MOST), len(ids) > MOST, newest)


def _some(ids: Sequence[int], at_once: int = 10_000) -> Iterator[Sequence[int]]:
    """As many as a statement may name."""
    return (ids[start:start + at_once] for start in range(0, len(ids), at_once))


def _entry(row: Row[Any]) -> Entry:
    if "succeeded" in row._mapping:
        return Entry(row.id, row.at, row.email, row.address, "done" if row.succeeded else "refused")
    outcome = "refused" if row.refused else "done"
    return Entry(row.id, row.at, row.actor, row.address, outcome, row.act, row.object, row.reseller_site_number, row.facts)


# -- as a file --------------------------------------------------------------------------------------------------------
def file(viewer: Viewer, asked: Asked, which: str, form: str, newest: int | None = None) -> bytes:
    """All that the filters find as "csv" or "xlsx", moments in UTC. Raises Refused for more than MOST entries."""
    all_ = found(viewer, asked, which, newest=newest)
    if all_.more:
        raise Refused(N_("A file holds at most {most} entries. Choose a shorter period."), most=formats.number(MOST))
    if form == "csv":
        return table_csv([Column(name, "") for name in _MACHINE[which]], [_machine_row(entry) for entry in all_.entries])
    rows = [row(entry, _utc(entry)) for entry in all_.entries]
    as_of = formats.moment(viewer.store.settings.now(), viewer.store.settings.timezone)
    return table_xlsx(_(LISTS[which]), COLUMNS[which], rows, words=asked.words(), as_of=as_of, definition=_(DEFINITION))


def _machine_row(entry: Entry) -> dict[str, Any]:
    facts = dict(entry.facts)
    told = {name: facts.pop(name, None) for name in ("before", "after")}
    return {
        "at": _utc(entry), "actor": entry.actor, "act": entry.act, "object": entry.object, "reseller_site_number": entry.reseller_site_number,
        "outcome": entry.outcome, "address": entry.address, "facts": _json(facts or None), **{name: _json(value) for name, value in told.items()},
    }


def _utc(entry: Entry) -> str:
    return entry.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
