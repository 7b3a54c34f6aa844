"""The due dates and anniversaries of a saved view as a calendar that other programs subscribe to.

Its address carries no cookie but a token, drawn once and shown once, which reads this view as its user and nothing else: with the rights
that the user has at that moment. A token that is none, was revoked, or whose user or view is gone, is answered like any other address
that there is not.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from types import ModuleType

from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import calendar_tokens
from pao_core.access.wall.buckets import Buckets
from pao_core.config import Settings
from pao_core.dates.terms import coming_anniversary
from pao_core.export.ics import Event, calendar_ics
from pao_core.filters import Filters
from pao_core.locale import DEFAULT_LANGUAGE, N_, Refused, _, formats, language, ngettext, use
from pao_core.report import rows_of, run
from pao_core.reports import saved_views
from pao_core.reports.saved_views import Asked, SavedView
from pao_core.store.engine import Store, StoreUnreachable
from pao_core.store.sql import by_code_point

BACK, AHEAD = timedelta(days=60), timedelta(days=400)  # which days a calendar holds, from today
MOST_EVENTS = 2_000  # the earliest of them
DUE, ANNIVERSARY = "due_date", "anniversary_date"
# Of one token: a program that reads every few minutes is served, one that reads without end is not.
READINGS, READINGS_PER_SECOND = 12, 1 / 60
AT_ONCE = 2  # calendars in the making; the next wait without a thread, of which sessions, downloads and sign-ins need some
NO_STORE = {"Cache-Control": "no-store"}
ReportOf = Callable[[str], ModuleType | None]
log = logging.getLogger(__name__)


def has_days(report: ModuleType) -> bool:
    """Whether a view of this report has days for a calendar."""
    return DUE in report.BY or any(column.name == ANNIVERSARY for column in report.COLUMNS)


# -- the address ------------------------------------------------------------------------------------------------------
def make(viewer: Viewer, view_id: int) -> str:
    """A new calendar's address for a view that the viewer sees, in place of the one before: it is told this once. Raises Refused."""
    with viewer.acting("calendar.made", f"view {view_id}", turn=saved_views.turn(viewer)) as act:
        row = saved_views.seen(act, view_id)
        assert act.viewer.user_id is not None, "who sees a view is a user"
        token = calendar_tokens.draw(act.connection, act.viewer.user_id, view_id, act.at)
        act.audit(row.name or row.page, page=row.page)
    return f"{viewer.store.settings.base_url}/calendar/{token}.ics"


def revoke(viewer: Viewer, view_id: int) -> None:
    """End the viewer's calendar of a view. Raises Refused when there is none."""
    with viewer.acting("calendar.revoked", f"view {view_id}", turn=saved_views.turn(viewer)) as act:
        if act.viewer.user_id is None or not calendar_tokens.revoke(act.connection, act.viewer.user_id, view_id):
            raise Refused(N_("This view has no calendar of yours, or no longer."))
        act.audit()


# -- what is in it ----------------------------------------------------------------------------------------------------
def calendar(viewer: Viewer, view: SavedView, report: ModuleType, today: date, now: datetime) -> bytes:
    """The calendar of a view as the viewer sees it, in the language spoken now. Raises AccessDenied without the report's right."""
    asked = saved_views.asked(viewer, report, view.parameters)
    filters = asked.filters.words() or [_("No filter")]
    about = " · ".join([_(report.TITLE), *filters, *map(str, asked.problems)])
    return calendar_ics(view.title, about, events(viewer, view, report, asked, today), now, language())


def events(viewer: Viewer, view: SavedView, report: ModuleType, asked: Asked, today: date) -> list[Event]:
    """An event for each due date and customer, and for each anniversary of a customer, by day: those of BACK to AHEAD, at most MOST_EVENTS."""
    viewer.require(report.RIGHT)
    first, last = today - BACK, today + AHEAD
    found = [*_due(viewer, view, report, asked.filters, today, first, last), *_anniversaries(viewer, view, report, asked.filters, today, first, last)]
    return sorted(found, key=lambda event: (event.day, event.summary, event.uid))[:MOST_EVENTS]


def _due(viewer: Viewer, view: SavedView, report: ModuleType, filters: Filters, today: date, first: date, last: date) -> Iterator[Event]:
    if DUE not in report.BY:
        return
    by = (DUE, "customer")
    rows = run(report, viewer, filters.within(first, last), today=today, by=by, measures=("lines", "amount"), totals=False, sort=DUE,
               limit=2 * MOST_EVENTS).rows
    for (day, customer), of_both in groupby(rows, key=lambda row: tuple(row[name] for name in by)):
        lines = list(of_both)
        count, name = sum(row["lines"] for row in lines), lines[0]["customer_name"] or customer
        amounts = " + ".join(formats.money(row["amount"], row["currency"]) for row in lines)
        summary = ngettext("{customer}: {count} line due, {amount}", "{customer}: {count} lines due, {amount}", count, customer=name, amount=amounts)
        about = _("{report} · {customer} · due {day}", report=_(report.TITLE), customer=customer, day=formats.day(day))
        behind = saved_views.link(viewer, view.page, filters.but(from_=day, to=day).to_params())
        yield Event(_uid(viewer, view, "due", customer, day), day, summary, about, behind)


def _anniversaries(viewer: Viewer, view: SavedView, report: ModuleType, filters: Filters, today: date, first: date, last: date) -> Iterator[Event]:
    names = ("customer", "customer_name", ANNIVERSARY)
    detail = report.detail(viewer, filters, today)
    if not {*names} <= set(detail.selected_columns.keys()):
        return
    inner = detail.subquery()
    known = (
        select(inner.c.customer, func.min(inner.c.customer_name).label("customer_name"), inner.c[ANNIVERSARY])
        .where(inner.c[ANNIVERSARY].is_not(None)).group_by(inner.c.customer, inner.c[ANNIVERSARY])
        .order_by(by_code_point(inner.c.customer), inner.c[ANNIVERSARY]).limit(MOST_EVENTS)
    )
    behind = saved_views.link(viewer, view.page, filters.to_params())
    for row in rows_of(report, viewer, known):
        day = first
        while (day := coming_anniversary(row[ANNIVERSARY], day).value) <= last:
            summary = _("{customer}: anniversary", customer=row["customer_name"] or row["customer"])
            about = _("Anniversary of agreement {customer}", customer=row["customer"])
            yield Event(_uid(viewer, view, "anniversary", row["customer"], day), day, summary, about, behind)
            day += timedelta(days=1)


def _uid(viewer: Viewer, view: SavedView, kind: str, customer: str, day: date) -> str:
    """The same for the same day of the same customer in this view, whenever it is read."""
    told = "\x1f".join((str(viewer.user_id), str(view.id), kind, customer, day.isoformat()))
    return f"{hashlib.sha256(told.encode()).hexdigest()[:40]}@pao-desk"


# -- the route --------------------------------------------------------------------------------------------------------
def routes(store: Store, report_of: ReportOf, clock: Callable[[], datetime] = Settings.now) -> list[BaseRoute]:
    """The route for `st.App`, to stand behind the wall: /calendar/TOKEN.ics, open to whoever has a token. `report_of` gives the report of a
    page."""
    readings, turns = Buckets(READINGS, READINGS_PER_SECOND), asyncio.Semaphore(AT_ONCE)

    async def read(request: Request) -> Response:
        token, now = request.path_params["token"], clock()
        # Whether there is such a token or not: who asks too often is told so before anything is looked up.
        wait = readings.take(calendar_tokens.token_hash(token), now)
        if wait:
            return PlainTextResponse("Too many requests", 429, {**NO_STORE, "Retry-After": str(math.ceil(wait))})
        try:
            async with turns:
                made = await run_in_threadpool(answer, store, report_of, token, now)
        except StoreUnreachable:
            return PlainTextResponse("The database is away", 503, NO_STORE)
        if made is None:
            return PlainTextResponse("Not found", 404, NO_STORE)
        return Response(made, media_type="text/calendar; charset=utf-8", headers=NO_STORE)

    return [Route("/calendar/{token}.ics", read, methods=["GET"])]


def answer(store: Store, report_of: ReportOf, token: str, now: datetime) -> bytes | None:
    """The calendar of a token, in its user's language; None when there is nothing to read with it, for whatever reason."""
    found = calendar_tokens.find(store, token)
    if found is None:
        log.warning("refused a calendar's token: none, over, or of a user who may not come in")
        return None
    viewer, view_id = found
    view = saved_views.find(viewer, view_id)
    report = report_of(view.page) if view else None
    if view is None or report is None or not has_days(report):
        return None
    with use(viewer.language or DEFAULT_LANGUAGE):
        try:
            made = calendar(viewer, view, report, now.astimezone(store.settings.timezone).date(), now)
        except AccessDenied:
            return None
    calendar_tokens.note_reading(store, token, now)
    return made
