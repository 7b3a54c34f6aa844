"""Home, since the last visit: what was written to the rows that the viewer sees, counted.

A line is new when it was not there at the last look; renewed or closed when its status became so; repriced, moved or resized when it is
open and its unit price, due date or quantity is another now. Renewal lines that arrive closed are history and no news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, cast, func, literal, select

from pao_core import exchange, replica
from pao_core.access import Viewer, changes, scope, visits
from pao_core.access.changes import Replaced, Since
from pao_core.access.rights import DATA_IMPORT, OPERATOR, PRICES_DOWNLOAD, REPORTING_VIEW
from pao_core.access.visits import Look
from pao_core.filters import Filters
from pao_core.importing import batches
from pao_core.money import from_minor
from pao_core.orders import figures
from pao_core.prices import price_files
from pao_core.renewals.lines import OPEN
from pao_core.store.sql import count_distinct, total

RENEWAL, RENEWED, CLOSED = "renewal", "renewed", ("lapsed", "cancelled")
COMPARED = ("status", "unit_price", "due_date", "quantity", "currency", "amount")
LINKED = 20  # quotes that an address names; the lines of more are found by their days
CHANGE_DECIMALS = Decimal("0.0001")
# In the order in which they are told.
KINDS = ("renewed", "orders", "repriced", "moved", "resized", "renewals", "closed", "prices", "imports")


@dataclass(frozen=True)
class Fact:
    """One kind of news: how many `lines` (prices, imports) in how many `groups` (orders, quotes; price lists, datasets).

    `amounts` are by currency, that of most lines first; `customer` and its name when all lines are one customer's. `change` is that of
    the value of what was repriced, where the quantity stayed. `mixed`: lines written again could not be told from new ones; of very
    many, nothing but their number is told. `filters` find the lines on the page behind; None where no page shows them.
    """

    kind: str
    lines: int
    groups: int = 0
    filters: Filters | None = None
    amounts: tuple[tuple[str, Decimal], ...] = ()
    customer: str | None = None
    customer_name: str = ""
    change: Decimal | None = None
    mixed: bool = False
    day: date | None = None
    names: tuple[str, ...] = ()


def last_look(viewer: Viewer, now: datetime) -> Look | None:
    """Note that the viewer looks now at what reports read; gives the last look of the visit before, None in the first visit ever."""
    reader = replica.reader(viewer.store)
    reader.rows(select(literal(1)), viewer)  # a reader tells the number of what it read last
    assert viewer.user_id is not None, "the command line visits no page"
    return visits.look(viewer.store, viewer.user_id, reader.number, now)


def facts(viewer: Viewer, look: Look | None, filters: Filters, today: date) -> list[Fact]:
    """What came after a look, of the lines that `filters` (account manager, reporting currency) ask for; nothing without a look."""
    since = changes.since(viewer.store, look.number) if look else None
    if since is None:
        return []
    found: list[Fact] = []
    if viewer.may(REPORTING_VIEW):
        found += _orders(viewer, since, filters, today) + _renewals(viewer, since, filters, today)
    if viewer.may(PRICES_DOWNLOAD):
        found += _prices(viewer, since, today)
    if viewer.may(DATA_IMPORT) or viewer.may(OPERATOR):
        found += _imports(viewer, since)
    return sorted(found, key=lambda fact: KINDS.index(fact.kind))


class _Written:
    """The lines of one tenant table that were written since: the new ones, and those that replaced an older version."""

    def __init__(self, viewer: Viewer, table: str, day: str, since: Since, filters: Filters, today: date) -> None:
        rows: FromClause = getattr(viewer, table)()
        self.viewer, self.filters = viewer, filters
        self.number, self.day = "order_number" if table == "orders" else "quote_number", day
        self.lines = exchange.reported(rows, day, filters.in_currency, today)
        self.conditions = [since.wrote(self.lines.c.txn)]
        if filters.account_manager:
            self.conditions.append(scope.assigned(self.lines, viewer.sites(), filters.account_manager))
        self.count: int = self._rows([func.count()])[0][0]
        # Only for whom some lines were written need the replaced versions, which are everybody's, be looked through.
        compared = COMPARED if table == "renewals" else ()
        few = 0 < self.count <= changes.MOST
        self.replaced = changes.replaced(viewer, table, since, compared, filters.account_manager) if few else None

    def new(self, kind: str, *conditions: ColumnElement[bool]) -> Fact | None:
        """The lines that were not there before; with those written again where they cannot be told apart. Of very many, their number."""
        if self.count > changes.MOST:
            return Fact(kind, self.count, filters=self.filters, mixed=True)
        known = [self.lines.c.id.not_in(_among(self.replaced))] if self.replaced else []
        return self._fact(kind, [*conditions, *known], mixed=self.replaced is None)

    def again(self, kind: str, of: Sequence[Replaced], change: Decimal | None = None) -> Fact | None:
        """Some of the lines that were there before."""
        return self._fact(kind, [self.lines.c.id.in_(_among(of))], change=change) if of else None

    def _fact(self, kind: str, conditions: Sequence[ColumnElement[bool]], change: Decimal | None = None, mixed: bool = False) -> Fact | None:
        lines = self.lines
        by_currency = self._rows([lines.c.currency, func.count().label("lines"), total(lines.c.amount).label("amount")], conditions,
                                 group_by=[lines.c.currency])
        if not by_currency:
            return None
        joined, site = scope.with_sites(lines, lines, self.viewer.sites())
        whole = self._rows([
            count_distinct(lines.c.reseller_site_number, lines.c[self.number]).label("groups"), count_distinct(site["customer"]).label("customers"),
            func.min(site["customer"]).label("customer"), func.min(site["customer_name"]).label("customer_name"),
            func.min(lines.c[self.day]).label("first"), func.max(lines.c[self.day]).label("last"),
        ], conditions, of=joined)[0]
        by_currency = sorted(by_currency, key=lambda row: (-row.lines, row.currency))
        alone = whole.customer if whole.customers == 1 else None
        return Fact(
            kind, sum(row.lines for row in by_currency), whole.groups, self._filters(kind, conditions, alone, whole.first, whole.last),
            tuple((row.currency, from_minor(row.amount, row.currency)) for row in by_currency), alone,
            whole.customer_name if alone else "", change, mixed,
        )

    def _filters(self, kind: str, conditions: Sequence[ColumnElement[bool]], customer: str | None, first: date, last: date) -> Filters | None:
        """What finds the lines: in the order history those ordered and those renewed, among the open renewal lines the rest."""
        if kind in ("orders", "renewed"):
            near = self.filters.but(from_=first, to=last) if kind == "orders" else self.filters.but(order_type=(RENEWAL,))
            return figures.behind(self.viewer, near, "customer", customer)
        if kind == "closed":
            return None
        quotes = self._rows([self.lines.c.quote_number], conditions, group_by=[self.lines.c.quote_number], limit=LINKED + 1)
        if len(quotes) > LINKED:
            return self.filters.but(from_=first, to=last)
        return self.filters.but(quote=tuple(sorted(row.quote_number for row in quotes)))

    def _rows(self, columns: Sequence[ColumnElement[Any]], where: Sequence[ColumnElement[bool]] = (), *, of: FromClause | None = None,
              group_by: Sequence[ColumnElement[Any]] = (), limit: int | None = None) -> Sequence[Any]:
        found = select(*columns).select_from(self.lines if of is None else of).where(*self.conditions, *where).group_by(*group_by).limit(limit)
        return replica.reader(self.viewer.store).rows(found, self.viewer)


def _among(lines: Sequence[Replaced]) -> Select[Any]:
    """The ids of lines as one parameter: of many, a list of parameters takes a database minutes."""
    return select(cast(func.unnest(func.string_to_array(",".join(str(line.id) for line in lines), ",")), BigInteger))


def _orders(viewer: Viewer, since: Since, filters: Filters, today: date) -> list[Fact]:
    written = _Written(viewer, "orders", "order_date", since, filters, today)
    new = written.new("orders") if written.count else None
    return [new] if new else []


def _renewals(viewer: Viewer, since: Since, filters: Filters, today: date) -> list[Fact]:
    written = _Written(viewer, "renewals", "due_date", since, filters, today)
    if not written.count:
        return []
    again = written.replaced or []
    ended = {status: [line for line in again if line.differs("status") and line.now["status"] == status] for status in (RENEWED, *CLOSED)}
    still_open = [line for line in again if line.now["status"] == OPEN]
    repriced = [line for line in still_open if line.differs("unit_price") or line.differs("currency")]
    found = [
        written.again("renewed", ended[RENEWED]), written.again("closed", [line for status in CLOSED for line in ended[status]]),
        written.again("repriced", repriced, _change(repriced)),
        written.again("moved", [line for line in still_open if line.differs("due_date")]),
        written.again("resized", [line for line in still_open if line.differs("quantity")]),
        written.new("renewals", written.lines.c.status == OPEN),
    ]
    return [fact for fact in found if fact]


def _change(repriced: Iterable[Replaced]) -> Decimal | None:
    """The change in value of the lines of the commonest currency that have another price and the same quantity."""
    same = [line for line in repriced if not line.differs("quantity") and not line.differs("currency")]
    currency, _lines = next(iter(Counter(line.now["currency"] for line in same).most_common(1)), (None, 0))
    was, now = (sum(int(amounts["amount"] or 0) for amounts in found if amounts["currency"] == currency)
                for found in ([line.was for line in same], [line.now for line in same]))
    return (Decimal(now) / was - 1).quantize(CHANGE_DECIMALS, ROUND_HALF_UP) if was > 0 else None


def _prices(viewer: Viewer, since: Since, today: date) -> list[Fact]:
    """The price lists that have new prices: those to come before those in force, by their first day."""
    written = price_files.editions_since(viewer, since)
    if not written:
        return []
    days = [edition.effective_from for edition in written]
    day = min((day for day in days if day > today), default=max(days))
    lists = {(edition.country, edition.currency) for edition in written}
    countries = tuple(sorted({country for country, _currency in lists}))
    return [Fact("prices", sum(edition.prices for edition in written), len(lists), day=day, names=countries)]


def _imports(viewer: Viewer, since: Since) -> list[Fact]:
    found = [batch for batch in batches.listed(viewer, since=since) if not batch["undone"]]
    names = tuple(dict.fromkeys(batch["dataset"] for batch in found))
    return [Fact("imports", len(found), len(names), names=names)] if found else []
