"""Reports > Saved views: the filters and ways of looking of a report's page under a name, to come back to and to share.

A view holds no rows: who opens it sees the own ones through it. It is its owner's alone until it is shared at a site; then the readers of
that site see it, and its owner and the site's primary contact change it. What a reader makes of a view (on Home, the default of
its page) is the reader's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, or_, select, update

from pao_core import choices
from pao_core.access import Viewer
from pao_core.access.people.names import misleading
from pao_core.access.rights import REPORTING_VIEW
from pao_core.access.verbs import VERBS
from pao_core.access.viewer import Acting
from pao_core.filters import LABELS, Filters
from pao_core.locale import N_, Refused, _
from pao_core.report import Column
from pao_core.store.schema import calendar_feeds, saved_views, users, view_marks
from pao_core.store.types import fold

TITLE = N_("Saved views")
RIGHT = REPORTING_VIEW
KEY = "view"  # the address parameter that names a view
EXACTLY = "this"  # its value in an address that means what it says and nothing else: no default of the reader's
MOST_NAME, MOST_PAGE = 80, 60  # characters
MOST_VIEWS = 200  # of one user
MOST_PINNED = 6  # on Home: each is a question to the report
MOST_ADDRESS = 7_500  # characters of all parameters in a link: the filters, which are fewer (`filters.MOST_ADDRESS`), and ways of looking
MOST_VALUE = 200
_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
_PAGE = re.compile(r"[a-z][a-z0-9-]*")
RESERVED = (KEY, "embed", "token")  # what an address says beside filters and ways of looking
FORMS = {"summary": N_("Summary"), "detail": N_("Detail")}
_NOT_THERE = N_("This saved view is not, or no longer, there. Look at the list again.")
COLUMNS = (
    Column("name", N_("Name")), Column("page", N_("Page")), Column("filters", N_("Filters")), Column("owner", N_("Saved by")),
    Column("shared", N_("Shared")), Column("marks", N_("Mine")), Column("changed", N_("Changed")),
)
Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class SavedView:
    """A view as the viewer sees it. `name` is empty for the own default that was saved without one; `site` is where it is shared, None
    for a private one. `pinned`, `default` and `calendar` (with `read_at`, when that was read last) are the viewer's own."""

    id: int
    version: int
    name: str
    page: str
    parameters: Parameters
    owner: str
    owner_name: str
    mine: bool
    site: str | None
    may_change: bool
    pinned: bool
    default: bool
    calendar: bool
    read_at: datetime | None
    changed_at: datetime

    @property
    def title(self) -> str:
        """What it is called on screen."""
        return self.name or _("My default")


@dataclass(frozen=True)
class Asked:
    """What a view asks of its report now; `problems` say, each in a sentence, what of it fell away."""

    filters: Filters
    form: str
    by: str | None
    sort: str | None
    problems: tuple[Refused, ...]


class Outdated(Refused):
    """Somebody else changed the view meanwhile."""

    def __init__(self) -> None:
        super().__init__(N_("This view was changed meanwhile. Look at what it is now, then change it again if you still want to."))


# -- reading ----------------------------------------------------------------------------------------------------------
def listed(viewer: Viewer, page: str | None = None) -> list[SavedView]:
    """The viewer's own views and those shared at its sites, of one page or of all, by name."""
    found = _visible(viewer)
    with viewer.store.reading() as connection:
        rows = connection.execute(found if page is None else found.where(saved_views.c.page == page)).all()
    return sorted((_view(viewer, row) for row in rows), key=lambda view: (fold(view.title), not view.mine, view.id))


def pinned(viewer: Viewer) -> list[SavedView]:
    """The views on the viewer's Home, in the order in which they came there."""
    with viewer.store.reading() as connection:
        rows = connection.execute(_visible(viewer).where(view_marks.c.pinned_at.is_not(None)).order_by(view_marks.c.pinned_at, saved_views.c.id))
        return [_view(viewer, row) for row in rows.all()][:MOST_PINNED]


def find(viewer: Viewer, view_id: int) -> SavedView | None:
    """The view of this id; None when there is none or the viewer does not see it."""
    with viewer.store.reading() as connection:
        row = connection.execute(_visible(viewer).where(saved_views.c.id == view_id)).one_or_none()
    return None if row is None else _view(viewer, row)


def named(viewer: Viewer, page: str, name: str) -> SavedView:
    """The view of a page by its name: the own one, else the one that is shared. Raises Refused when there is none, or several shared."""
    wanted = fold(unicodedata.normalize("NFC", name.strip()))
    there = listed(viewer, page)
    found = [view for view in there if fold(view.title) == wanted]
    found = [view for view in found if view.mine] or found
    if not found:
        raise Refused(N_("There is no saved view {name} of this page. There are: {names}."), name=name,
                      names=", ".join(view.title for view in there) or _("none"))
    if len(found) > 1:
        raise Refused(N_("Several shared views are called {name}: of {owners}. Save a copy under a name of your own."), name=name,
                      owners=", ".join(view.owner for view in found))
    return found[0]


def matching(views: Sequence[SavedView], text: str) -> list[SavedView]:
    """The views whose name, owner, page or filters hold the text, whatever case or accents."""
    wanted = fold(text.strip())
    return [view for view in views if wanted in fold(" ".join((view.title, view.owner, view.owner_name, view.page, *words(view.parameters))))]


def words(parameters: Parameters) -> list[str]:
    """The filters of a view as phrases in the reader's language, without what can no longer be meant."""
    return Filters.from_params({key: values for key, values in parameters.items() if key in LABELS})[0].words()


def same(one: Parameters, other: Parameters) -> bool:
    """Whether both show the same: the order of values means nothing."""
    return {key: sorted(values) for key, values in one.items()} == {key: sorted(values) for key, values in other.items()}


def asked(viewer: Viewer, report: ModuleType, parameters: Parameters) -> Asked:
    """What a view asks of its report as both are now. Raises AccessDenied without the report's right."""
    viewer.require(report.RIGHT)
    filters, problems = Filters.from_params({key: values for key, values in parameters.items() if key in LABELS})
    unknown = choices.unknown(viewer, filters)
    found: list[Refused] = [*problems, *unknown]

    def one(key: str, known: Collection[str]) -> str | None:
        value = next(iter(parameters.get(key, ())), None)
        if value is None or value in known:
            return value
        found.append(fell_away(key, value))
        return None

    form = one("form", FORMS) or "summary"
    by = one("by", report.BY) if form == "summary" else None
    sort = one(f"sort-{form}", {sign + column.name for column in report.COLUMNS for sign in ("", "-")})
    return Asked(choices.without(filters, unknown), form, by, sort, tuple(found))


def fell_away(label: str, value: str) -> Refused:
    """The sentence about a way of looking that a page has no longer."""
    return Refused(N_("{label}: {value} is not there any more and is left out."), label=label, value=value)


def link(viewer: Viewer, page: str, parameters: Parameters) -> str:
    """The address that shows exactly this, whoever opens it: the filters and ways of looking, and each reader's own rows."""
    return f"{viewer.store.settings.base_url}/{page}?{urlencode({**parameters, KEY: EXACTLY}, doseq=True)}"


def may_share(viewer: Viewer) -> tuple[str, ...]:
    """The sites at which the viewer may share a view."""
    return tuple(site for site in viewer.sites(REPORTING_VIEW) if viewer.may_act(VERBS["view.shared"], site))


def _visible(viewer: Viewer) -> Select[Any]:
    """The rows that the viewer sees, with what it made of them. A shared view is seen at its site alone, by its owner too: who has left
    the site has no say in what is shown there."""
    here = saved_views.c.reseller_site_number.in_(viewer.sites(REPORTING_VIEW))
    own = and_(saved_views.c.user_id == viewer.user_id, saved_views.c.reseller_site_number.is_(None))
    me = viewer.user_id
    found = (
        saved_views.join(users, users.c.id == saved_views.c.user_id)
        .outerjoin(view_marks, and_(view_marks.c.view_id == saved_views.c.id, view_marks.c.user_id == me))
        .outerjoin(calendar_feeds, and_(calendar_feeds.c.view_id == saved_views.c.id, calendar_feeds.c.user_id == me))
    )
    return select(
        *saved_views.c, users.c.email, users.c.name.label("owner_name"), view_marks.c.pinned_at, view_marks.c.default_of,
        calendar_feeds.c.created_at.label("calendar_at"), calendar_feeds.c.read_at,
    ).select_from(found).where(or_(own, and_(saved_views.c.shared, here)))


def _view(viewer: Viewer, row: Row[Any]) -> SavedView:
    mine = row.user_id == viewer.user_id
    return SavedView(
        row.id, row.version, row.name, row.page, {key: tuple(values) for key, values in row.parameters.items()}, row.email, row.owner_name, mine,
        row.reseller_site_number, mine or _is_primary(viewer, row.reseller_site_number), row.pinned_at is not None, row.default_of is not None,
        row.calendar_at is not None, row.read_at, row.changed_at,
    )


def _is_primary(viewer: Viewer, site: str | None) -> bool:
    return viewer.may_act(VERBS["shared_view.changed"], site)


# -- saving -----------------------------------------------------------------------------------------------------------
def save(viewer: Viewer, page: str, name: str, parameters: Parameters, *, default: bool = False) -> int:
    """Keep what a page shows under a new name, private; gives its id. With `default` the page opens with it from now on; then the name
    may be empty, and an own default without a name is replaced. Raises Refused for a name that is taken or cannot be, and for too much."""
    with _own_act(viewer, "view.saved", _object(name) or page) as act:
        kept = _checked(page, parameters)
        called = "" if default and not name.strip() else _checked_name(name)
        here = saved_views.c.user_id == viewer.user_id, saved_views.c.page == page
        before = act.connection.execute(select(saved_views).where(*here, saved_views.c.name == called).with_for_update()).one_or_none()
        if before is not None and called:
            raise Refused(N_("You have a view called {name} of this page. Give another name, or open that view and save its changes."), name=called)
        if before is None:
            view_id = _insert(act, page, called, kept)
        else:
            view_id = before.id
            _alter(act, before, parameters=kept)
        if default:
            _make_default(act.connection, act.viewer, view_id, page)
        act.audit(called or page, page=page, default=default, after={"parameters": kept})
        return view_id


def _insert(act: Acting, page: str, name: str, parameters: dict[str, list[str]]) -> int:
    if (act.connection.scalar(select(func.count()).select_from(saved_views).where(saved_views.c.user_id == act.viewer.user_id)) or 0) >= MOST_VIEWS:
        raise Refused(N_("You have {most} saved views, which is the most. Remove one that you need no longer."), most=MOST_VIEWS)
    new = insert(saved_views).values(user_id=act.viewer.user_id, page=page, name=name, parameters=parameters, shared=False, created_at=act.at,
                                     changed_at=act.at, version=1)
    return int(act.connection.execute(new.returning(saved_views.c.id)).scalar_one())


def replace(viewer: Viewer, view_id: int, version: int, parameters: Parameters) -> None:
    """Have a view that is still at `version` show this instead. Raises Outdated when it is not, Refused and AccessDenied as `rename`."""
    with _changing(viewer, view_id, "changed") as (act, row):
        _check_version(row, version)
        kept = _checked(row.page, parameters)
        _alter(act, row, parameters=kept)
        act.audit(row.name or row.page, page=row.page, before={"parameters": row.parameters}, after={"parameters": kept})


def rename(viewer: Viewer, view_id: int, version: int, name: str) -> None:
    """Call a view that is still at `version` otherwise. Raises Outdated when it is not, Refused for a view that the viewer does not see,
    AccessDenied for one that it sees and may not change."""
    with _changing(viewer, view_id, "changed") as (act, row):
        _check_version(row, version)
        called = _checked_name(name)
        taken = saved_views.c.user_id == row.user_id, saved_views.c.page == row.page, saved_views.c.name == called, saved_views.c.id != row.id
        if act.connection.scalar(select(saved_views.c.id).where(*taken)):
            raise Refused(N_("{name} is the name of another view of this page. Give another one."), name=called)
        _alter(act, row, name=called)
        act.audit(called, page=row.page, before={"name": row.name}, after={"name": called})


def share(viewer: Viewer, view_id: int, site: str) -> None:
    """Show an own view to the readers of a site of the viewer's: they see its filters, and their own rows through them. Raises Refused
    for one without a name or of somebody else, AccessDenied at a site that is not the viewer's."""
    with viewer.acting("view.shared", f"view {view_id}", site, turn=turn(viewer)) as act:
        row = seen(act, view_id)
        if row.user_id != viewer.user_id:
            raise Refused(_NOT_THERE)
        if not row.name:
            raise Refused(N_("Give the view a name first: others cannot tell it by “My default”."))
        _alter(act, row, reseller_site_number=site, shared=True)
        act.audit(row.name, page=row.page, before={"site": row.reseller_site_number}, after={"site": site})


def keep_private(viewer: Viewer, view_id: int) -> None:
    """Show a view to its owner alone again. Raises as `rename`."""
    with _changing(viewer, view_id, "changed") as (act, row):
        _alter(act, row, reseller_site_number=None, shared=False)
        act.audit(row.name or row.page, page=row.page, before={"site": row.reseller_site_number}, after={"site": None})


def remove(viewer: Viewer, view_id: int) -> None:
    """Remove a view for everybody, with its place on Home, as a default, and its calendars. Raises as `rename`."""
    with _changing(viewer, view_id, "removed") as (act, row):
        act.connection.execute(delete(saved_views).where(saved_views.c.id == view_id))
        act.audit(row.name or row.page, page=row.page, before={"parameters": row.parameters, "site": row.reseller_site_number})


# -- the reader's own -------------------------------------------------------------------------------------------------
def pin(viewer: Viewer, view_id: int, on: bool) -> None:
    """Put a view on the viewer's Home, or take it away. Raises Refused when Home has as many as it may, or for a view not seen."""
    with _own_act(viewer, "view.marked", f"view {view_id}") as act:
        row = seen(act, view_id)
        there = act.connection.execute(_visible(act.viewer).where(view_marks.c.pinned_at.is_not(None), saved_views.c.id != view_id)).all()
        if on and len(there) >= MOST_PINNED:
            raise Refused(N_("Home shows {most} views at most. Take another one away first."), most=MOST_PINNED)
        _mark(act.connection, act.viewer, view_id, pinned_at=act.at if on else None)
        act.audit(row.name or row.page, page=row.page, pinned=on)


def make_default(viewer: Viewer, view_id: int, on: bool = True) -> None:
    """Have its page open with a view when the address says nothing, or with no filter again. Raises Refused for a view not seen."""
    with _own_act(viewer, "view.marked", f"view {view_id}") as act:
        row = seen(act, view_id)
        if on:
            _make_default(act.connection, act.viewer, view_id, row.page)
        else:
            _mark(act.connection, act.viewer, view_id, default_of=None)
        act.audit(row.name or row.page, page=row.page, default=on)


def _make_default(connection: Connection, viewer: Viewer, view_id: int, page: str) -> None:
    before = view_marks.c.user_id == viewer.user_id, view_marks.c.default_of == page
    connection.execute(update(view_marks).where(*before).values(default_of=None))
    _mark(connection, viewer, view_id, default_of=page)


def _mark(connection: Connection, viewer: Viewer, view_id: int, **values: Any) -> None:
    mine = view_marks.c.user_id == viewer.user_id, view_marks.c.view_id == view_id
    if not connection.execute(update(view_marks).where(*mine).values(**values)).rowcount:
        connection.execute(insert(view_marks).values(user_id=viewer.user_id, view_id=view_id, **values))


# -- what the verbs have in common ------------------------------------------------------------------------------------
def turn(viewer: Viewer) -> str:
    """The turn of acts on a user's own views."""
    return f"views of {viewer.user_id}"


@contextmanager
def _own_act(viewer: Viewer, act: str, object_: str) -> Iterator[Acting]:
    """An act about what is the viewer's own, one at a time."""
    with viewer.acting(act, object_, turn=turn(viewer)) as found:
        if viewer.user_id is None:
            raise Refused(N_("Saved views are a user's. Say whose: --as EMAIL."))
        yield found


@contextmanager
def _changing(viewer: Viewer, view_id: int, what: str) -> Iterator[tuple[Acting, Row[Any]]]:
    """The act of changing a view: of the owner's, or, on somebody else's that is shared at a site, the primary contact's there."""
    there = find(viewer, view_id)
    mine, site = there is None or there.mine, there.site if there else None
    with viewer.acting(f"{'view' if mine else 'shared_view'}.{what}", f"view {view_id}", site, turn=turn(viewer)) as act:
        row = seen(act, view_id)
        if (row.user_id == viewer.user_id) is not mine or row.reseller_site_number != site:
            raise Outdated
        yield act, row


def seen(act: Acting, view_id: int) -> Row[Any]:
    """The view, which the viewer sees as of now, held until the transaction ends; one of others is as unknown as none."""
    seen = act.connection.scalar(_visible(act.viewer).where(saved_views.c.id == view_id).with_only_columns(saved_views.c.id))
    row = act.connection.execute(select(saved_views).where(saved_views.c.id == seen).with_for_update()).one_or_none()
    if row is None:
        raise Refused(_NOT_THERE)
    return row


def _check_version(row: Row[Any], version: int) -> None:
    if row.version != version:
        raise Outdated


def _alter(act: Acting, row: Row[Any], **values: Any) -> None:
    act.connection.execute(update(saved_views).where(saved_views.c.id == row.id).values(changed_at=act.at, version=row.version + 1, **values))


def _checked(page: str, parameters: Parameters) -> dict[str, list[str]]:
    """What of an address is kept; Refused for what no page says."""
    if not _PAGE.fullmatch(page) or len(page) > MOST_PAGE:
        raise Refused(N_("This page cannot be saved as a view."))
    kept = {key: [str(value) for value in values] for key, values in sorted(parameters.items()) if values and key not in RESERVED}
    odd = any(not _KEY.fullmatch(key) or any(len(value) > MOST_VALUE or misleading(value) for value in values) for key, values in kept.items())
    if odd or len(urlencode(kept, doseq=True, errors="replace")) > MOST_ADDRESS:
        raise Refused(N_("These filters cannot be kept: there are too many, or one is too long. Choose fewer, then save again."))
    return kept


def _checked_name(name: str) -> str:
    called = " ".join(unicodedata.normalize("NFC", name).split())
    if not called or len(called) > MOST_NAME:
        raise Refused(N_("Give the view a name of 1 to {most} characters."), most=MOST_NAME)
    if misleading(called):
        raise Refused(N_("The name holds characters that cannot be shown. Write it again with letters alone."))
    return called


def _object(name: str) -> str:
    """What a refused attempt is said to be about: as typed, but no longer than a name, and such that it can be kept."""
    return name.replace("\x00", "").encode("utf-8", "replace").decode()[:MOST_NAME]
