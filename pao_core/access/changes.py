"""What was written since a look at the data, of the rows that a viewer sees: which are new, and which replaced an older version.

A look is a change number (`visits.py`). Transactions draw their ids in another order than they commit: what came since is every id
from the first that committed after the look on, without those that had committed before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, and_, cast, func, not_, or_, select

from pao_core.access import scope
from pao_core.access.viewer import Viewer
from pao_core.store.engine import Store
from pao_core.store.schema import commits, row_history

# More versions replaced than these are not looked through.
MOST = 50_000


@dataclass(frozen=True)
class Since:
    """The transactions that committed after a look: those from `first` on, without `earlier`."""

    first: int
    earlier: tuple[int, ...] = ()

    def wrote(self, txn: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that one of them wrote a row, by the row's `txn`."""
        return and_(txn >= self.first, *([txn.not_in(self.earlier)] if self.earlier else []))


@dataclass(frozen=True)
class Replaced:
    """A row that was there at the look and was written again since: some columns as they were then and are now, as the store
    holds them (amounts in minor units, dates in ISO form)."""

    id: int
    was: dict[str, str | None]
    now: dict[str, str | None]

    def differs(self, column: str) -> bool:
        """Whether the column is another now."""
        return self.was[column] != self.now[column]


def since(store: Store, number: int) -> Since | None:
    """What committed after change `number`; None when nothing did."""
    with store.reading() as connection:
        first = connection.scalar(select(func.min(commits.c.txn)).where(commits.c.number > number))
        if first is None:
            return None
        earlier = connection.scalars(select(commits.c.txn).where(commits.c.txn > first, commits.c.number <= number))
        return Since(first, tuple(sorted(earlier)))


def replaced(viewer: Viewer, table: str, since: Since, columns: Sequence[str], account_managers: Sequence[str] = ()) -> list[Replaced] | None:
    """The visible rows of a tenant table that replaced an older version since, or of them those that the account managers look after.

    A row whose older version the viewer was not to see is none of them: to this viewer it is new. None when more than MOST rows of
    anybody were written again: looking through them would take a reader's time.
    """
    rows, own = scope.tenant_rows(table, viewer.sites()), viewer.sites()
    of_the_look = and_(
        row_history.c.table_name == table, row_history.c.row_id == rows.c.id, since.wrote(row_history.c.txn),
        not_(since.wrote(row_history.c.old_txn)),
        or_(*(row_history.c.old[owner].as_string().in_(own) for owner in ("reseller_site_number", "distributor_site_number"))),
    )
    was = (cast(row_history.c.old[name].as_string(), Text) for name in columns)
    found = select(rows.c.id, *was, *(cast(rows.c[name], Text) for name in columns)).select_from(row_history).join(rows, of_the_look)
    if account_managers:
        found = found.where(scope.assigned(rows, own, account_managers))
    some = select(row_history.c.id).where(since.wrote(row_history.c.txn)).limit(MOST + 1).subquery()
    with viewer.store.reading() as connection:
        if (connection.scalar(select(func.count()).select_from(some)) or 0) > MOST:
            return None
        with viewer.walled(connection):
            return [
                Replaced(row_id, dict(zip(columns, values[:len(columns)], strict=True)), dict(zip(columns, values[len(columns):], strict=True)))
                for row_id, *values in connection.execute(found)
            ]
