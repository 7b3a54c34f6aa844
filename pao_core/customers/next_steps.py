"""Home, my next steps: what the viewer is to do at customers, overdue, today, or in the six days after it, with the customer's name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from pao_core import replica
from pao_core.access import Viewer
from pao_core.customers import notes
from pao_core.customers.notes import LAST_DAY, Note

RIGHT = notes.RIGHT
DAYS = 7
OVERDUE, TODAY, WEEK = "overdue", "today", "week"


@dataclass(frozen=True)
class Step:
    """An open step of the viewer's: when it is due (OVERDUE, TODAY or later in the WEEK), and at which customer; the site's number where
    no row that the viewer sees names it any longer."""

    note: Note
    when: str
    customer_name: str


def last_day(today: date) -> date:
    """The last day of the week that begins today."""
    return min(today + timedelta(DAYS - 1), LAST_DAY)


def mine(viewer: Viewer, today: date) -> list[Step]:
    """The open steps that were given to the viewer and are due by the end of the week, the first due first. Raises AccessDenied."""
    found = notes.steps_due(viewer, last_day(today))
    names = _names(viewer, {note.site for note in found}) if found else {}
    return [Step(note, _when(note, today), names.get((note.reseller, note.site)) or names.get(note.site, note.site)) for note in found]


def _when(note: Note, today: date) -> str:
    due = note.now.due_on or today
    return OVERDUE if due < today else TODAY if due == today else WEEK


def _names(viewer: Viewer, sites: Collection[str]) -> dict[str | tuple[str, str], str]:
    """What the customers at sites are called, by reseller and site; by the site alone as the first of the resellers has it, the viewer's own
    before those that it reads along."""
    seen, own = viewer.customers(), viewer.sites()
    asked = select(seen.c.reseller_site_number, seen.c.site_number, seen.c.customer_name).where(seen.c.site_number.in_(sorted(sites)))
    rows = replica.reader(viewer.store).rows(asked, viewer)
    by_rank = sorted(rows, key=lambda row: (row.reseller_site_number not in own, row.reseller_site_number), reverse=True)
    found: dict[str | tuple[str, str], str] = {row.site_number: row.customer_name for row in by_rank}
    return found | {(row.reseller_site_number, row.site_number): row.customer_name for row in rows}
