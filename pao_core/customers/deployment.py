"""What is deployed of one entitlement: the figure as it is now, who entered it when, and entering another.

The figure is the entitlement's own `deployed_quantity`, whoever wrote it, a file or a person; its history is the row's, which the
database keeps. It is read from the store itself, not from its copy for reading: what was entered a moment ago is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from pao_core.access import AccessDenied, Viewer
from pao_core.access.rights import DATA_IMPORT, REPORTING_VIEW
from pao_core.locale import N_, Refused, formats
from pao_core.money import QUANTITY_DECIMALS
from pao_core.report import Column
from pao_core.store.engine import Store
from pao_core.store.schema import audit, batches, commits, entitlements, row_history

ACT = "entitlements.deployed"
MOST = Decimal(10**12)  # ours: far above any count, and exact with three decimals in 64 bits
SHOWN = 25  # changes that a history tells
LONGEST = 40  # characters of what a person writes as a number
ENTERED, IMPORTED, UNDONE = "entered", "imported", "undone"
WAYS = {ENTERED: N_("Entered"), IMPORTED: N_("Imported"), UNDONE: N_("Import undone")}
COLUMNS = (
    Column("at", N_("When")), Column("before", N_("From"), "quantity"), Column("after", N_("To"), "quantity"), Column("who", N_("Who")),
    Column("how", N_("How")),
)


class Key(NamedTuple):
    """What identifies an entitlement."""

    reseller_site_number: str
    site_number: str
    part_number: str
    coverage_start: date

    @property
    def text(self) -> str:
        """How the audit names it."""
        return f"{self.site_number} {self.part_number} {self.coverage_start.isoformat()}"


@dataclass(frozen=True)
class Change:
    """The figure became `after`. Who did it and in which of WAYS is told to the row's own reseller; None where that is not known."""

    at: datetime
    before: Decimal | None
    after: Decimal | None
    who: str | None
    how: str | None


@dataclass(frozen=True)
class Deployment:
    """The figure of an entitlement; None: nobody counted. `version` is what entering another is based on; `may_enter` says whether
    the viewer may. `history` has the newest change first."""

    key: Key
    quantity: Decimal
    deployed: Decimal | None
    version: int
    may_enter: bool
    history: tuple[Change, ...]


class Outdated(Refused):
    """Somebody changed the entitlement since it was looked at."""

    def __init__(self) -> None:
        super().__init__(N_("This entitlement was changed meanwhile: see what it says now, and enter the number again if you still want to."))


def current(viewer: Viewer, key: Key) -> Deployment:
    """The figure and its history. Raises AccessDenied without the right, Refused where the viewer sees no such entitlement."""
    viewer.require(REPORTING_VIEW)
    seen = viewer.entitlements()
    with viewer.reading() as connection:
        row = connection.execute(select(seen).where(*(seen.c[name] == value for name, value in key._asdict().items()))).one_or_none()
        if row is None:
            raise _unknown()
        changes = list(_changes(connection, row))
    told = _told(viewer, key, [change[0] for change in changes]) if key.reseller_site_number in viewer.sites() else {}
    history = tuple(Change(at, before, after, *told.get(txn, (None, None))) for txn, at, before, after in changes)
    return Deployment(key, row.quantity, row.deployed_quantity, row.txn, key.reseller_site_number in viewer.sites(DATA_IMPORT), history)


def enter(viewer: Viewer, key: Key, deployed: Decimal | None, version: int) -> None:
    """Set what is deployed of an entitlement that is still at `version`; None: nobody counted.

    Only of the viewer's own resellers: a distributor reads along. Raises AccessDenied, Outdated, and Refused for a number that
    no count can be or for an entitlement that is not there.
    """
    reseller = key.reseller_site_number
    with viewer.writing(act=ACT, object_=key.text, reseller=reseller) as writing:
        if writing.allowed is not None and reseller not in writing.allowed:
            raise AccessDenied(DATA_IMPORT)
        _check(deployed)
        # Held until the transaction ends: who comes next sees another version.
        row = writing.connection.execute(select(entitlements).where(_is(key)).with_for_update()).one_or_none()
        if row is None:
            raise _unknown()
        if row.txn != version:
            raise Outdated
        if row.deployed_quantity == deployed:
            raise Refused(N_("This is the number already. Nothing was changed."))
        writing.update(entitlements, _is(key), deployed_quantity=deployed)
        writing.audit(ACT, key.text, reseller, before={"deployed_quantity": _plain(row.deployed_quantity)},
                      after={"deployed_quantity": _plain(deployed)})


def written(text: str) -> Decimal | None:
    """What a person wrote as a number in the reader's language; None for nothing. Raises Refused for what is none, or has more decimals
    than a quantity has."""
    signs = formats.separators()
    point, group = signs[0], signs[1]
    given = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if not given:
        return None
    whole = rf"-?(?:[0-9]+|[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+)"
    if len(given) > LONGEST or not re.fullmatch(rf"{whole}(?:{re.escape(point)}[0-9]{{1,{QUANTITY_DECIMALS}}})?", given):
        raise Refused(N_("{number} is not a number of at most {decimals} decimals. Write it as {example}, or leave it empty for not counted."),
                      number=given[:LONGEST], decimals=QUANTITY_DECIMALS, example=formats.number(Decimal("1234.5")))
    return Decimal(given.replace(group, "").replace(point, "."))


def _check(deployed: Decimal | None) -> None:
    if deployed is None:
        return
    if not deployed.is_finite() or not 0 <= deployed <= MOST:
        raise Refused(N_("What is deployed is a number from 0 to {most}. Enter such a number."), most=formats.number(MOST))
    if deployed != round(deployed, QUANTITY_DECIMALS):
        raise Refused(N_("A quantity has at most {decimals} decimals. Round the number and enter it again."), decimals=QUANTITY_DECIMALS)


def _is(key: Key) -> ColumnElement[bool]:
    return and_(*(entitlements.c[name] == value for name, value in key._asdict().items()))


def _unknown() -> Refused:
    return Refused(N_("There is no such entitlement among those whose rows you see. Look at the list again."))


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def _changes(connection: Connection, row: Row[Any]) -> Iterator[tuple[int, datetime, Decimal | None, Decimal | None]]:
    """The last changes of the figure, the newest first: the transaction, its time, the figure before and after."""
    txn, after, told = row.txn, row.deployed_quantity, 0
    # From each version to the one that it replaced: no index leads to all versions of a row.
    while txn is not None and told < SHOWN:
        older = connection.execute(select(row_history.c.old_txn, row_history.c.old).where(
            row_history.c.txn == txn, row_history.c.table_name == entitlements.name, row_history.c.row_id == row.id)).one_or_none()
        kept = older.old["deployed_quantity"] if older else None
        before = None if kept is None else Decimal(kept).scaleb(-QUANTITY_DECIMALS)
        if before != after:
            told += 1
            yield txn, connection.execute(select(commits.c.at).where(commits.c.txn == txn)).scalar_one(), before, after
        txn, after = older.old_txn if older else None, before


def _told(viewer: Viewer, key: Key, txns: list[int]) -> dict[int, tuple[str | None, str]]:
    """By transaction: who wrote the row, and how. For the row's own reseller alone: it names people. What somebody else loaded for several
    resellers at once is not told: such an import shows to who made it."""
    of_files = select(batches.c.txn, batches.c.undone_by_txn, batches.c.actor).where(
        or_(batches.c.reseller_site_number == key.reseller_site_number, batches.c.user_id == viewer.user_id))
    found = _entered(viewer.store, key, txns)
    with viewer.reading() as connection:
        for row in connection.execute(of_files.where(batches.c.txn.in_(txns))):
            found[row.txn] = (row.actor, IMPORTED)
        for row in connection.execute(of_files.where(batches.c.undone_by_txn.in_(txns))):
            found[row.undone_by_txn] = (None, UNDONE)
    return found


def _entered(store: Store, key: Key, txns: list[int]) -> dict[int, tuple[str | None, str]]:
    """By transaction: who entered a figure, by the audit, of which PostgreSQL shows a viewer the own lines alone."""
    entered = (
        select(commits.c.txn, audit.c.actor).join(audit, audit.c.at == commits.c.at)
        .where(commits.c.txn.in_(txns), audit.c.act == ACT, audit.c.object == key.text, audit.c.refused.is_(False),
               audit.c.reseller_site_number == key.reseller_site_number)
    )
    with store.reading() as connection:
        return {row.txn: (row.actor, ENTERED) for row in connection.execute(entered)}
