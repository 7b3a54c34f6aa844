"""Open lines of renewal quotes: what the three reports have in common, from the columns to the statements.

Open is status `open`, so a filter by another status finds nothing. Country is the site's; From and To act on the due
date; a filter by order type does not touch these lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
)

from pao_core import columns as usual
from pao_core import exchange
from pao_core.access import Viewer, scope
from pao_core.filters import Filters, conditions
from pao_core.locale import N_
from pao_core.renewals import buckets
from pao_core.report import Column
from pao_core.store.sql import agreed, count_distinct, month, ratio, total, week

OPEN = "open"
EXPIRING_DAYS = 14  # ours: a quote that expires so soon needs attention first
CHANGE_DECIMALS = 4
KEYS = ("reseller_site_number", "quote_number", "line_number")
COLUMNS = (
    Column("bucket", N_("Due"), "bucket", N_("Days from today to the due date")),
    Column("due_date", N_("Due date"), "date"),
    Column("days_to_due", N_("Days"), "integer", N_("Days from today to the due date; below zero: overdue")),
    usual.MONTH,
    Column("week", N_("Week"), "week", N_("The Monday of the week")),
    usual.CUSTOMER, usual.AGREEMENT, usual.SITE,
    Column("quote", N_("Quote number"), "code"),
    usual.CUSTOMER_NAME, usual.AGREEMENT_NUMBER,
    Column("quote_number", N_("Quote number"), "code"),
    Column("line_number", N_("Line"), "integer"),
    usual.SITE_NUMBER, usual.SITE_NAME, usual.RESELLER_SITE_NUMBER, usual.RESELLER, usual.COUNTRY, usual.PROGRAM, usual.PRICE_LEVEL,
    usual.PART_NUMBER,
    Column("part", N_("Part number"), "code"),
    usual.PART_DESCRIPTION, usual.PRODUCT_GROUP,
    Column("part_type", N_("Part type"), "part_type"),
    usual.CHARGE_METRIC, usual.CURRENCY,
    Column("quotes", N_("Quotes"), "integer"),
    usual.CUSTOMERS, usual.LINES, usual.QUANTITY,
    Column("unit_price", N_("Unit price"), "unit_price"),
    usual.AMOUNT,
    Column("prior_unit_price", N_("Unit price before"), "unit_price"),
    Column("price_change", N_("Change in price"), "percent", N_("Against the unit price paid before")),
    usual.COVERAGE_START, usual.COVERAGE_END,
    Column("quote_state", N_("Quote"), "quote_state"),
    Column("quote_expires", N_("Quote expires"), "date"),
    Column("status", N_("Status"), "renewal_status"),
    usual.ANNIVERSARY_DATE,
    Column("account_manager", N_("Account manager"), "code"),
    *exchange.COLUMNS,
)
BY = ("bucket", "month", "week", "due_date", "customer", "site", "agreement", "quote", "country", "product_group", "quote_state", "reseller")
MEASURES = ("quotes", "customers", "lines", "quantity", "amount")
DETAIL = (
    "bucket", "due_date", "days_to_due", "customer", "customer_name", "agreement_number", "quote_number", "line_number", "site_number",
    "site_name", "reseller_site_number", "country", "program", "price_level", "part_number", "part_description", "product_group", "part_type",
    "charge_metric", "quantity", "unit_price", "currency", "amount", "prior_unit_price", "price_change", "coverage_start", "coverage_end",
    "quote_state", "quote_expires", "status", "anniversary_date", "account_manager",
)
# Amounts of different currencies have no order; lines and days have.
SORTS = {"summary": "-lines", "detail": "due_date"}
# What stands beside a key in a summary, where the rows of the key agree on it.
BESIDE = {"customer": ("customer_name",), "agreement": ("customer_name",), "site": ("site_name", "customer_name"),
          "quote": ("customer_name", "quote_expires"), "part": ("part_description",)}
LINE = ("due_date", "quote_number", "line_number", "site_number", "reseller_site_number", "part_number", "prior_unit_price", "coverage_start",
        "coverage_end", "quote_expires", "status")
KEY_WORDS = {"site": "site_number", "quote": "quote_number", "reseller": "reseller_site_number", "part": "part_number"}
# What the line itself does not say: a statement joins only what it asks for.
OF_SITE = frozenset({"customer", "customers", "customer_name", "agreement", "agreement_number", "site_name", "country", "program", "price_level",
                     "anniversary_date"})
OF_PART = frozenset({"part_description", "product_group", "part_type", "charge_metric"})
Expressions = dict[str, ColumnElement[Any]]


def everything(_columns: Expressions) -> list[ColumnElement[bool]]:
    """No condition of a report's own."""
    return []


@dataclass(frozen=True)
class More:
    """What a report says of open lines beyond what they say themselves: `lines` gives them with further columns, called `names`, of which
    `amounts` are in minor units of the line's currency; `measures` are what it sums."""

    lines: Callable[[Viewer, FromClause], FromClause] = lambda _viewer, lines: lines
    names: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    measures: Callable[[FromClause], Expressions] = lambda _lines: {}


@dataclass(frozen=True)
class Which:
    """Which open lines a report is about: its own conditions, what it must join for them, the buckets that it tells apart, and what more
    it says of them."""

    where: Callable[[Expressions], list[ColumnElement[bool]]] = everything
    asks: frozenset[str] = frozenset()
    buckets: tuple[str, ...] = buckets.AHEAD
    more: More = More()


ALL, NOTHING_MORE = Which(), More()
# What every report of lines can say: no more is worked out for a statement that asks for no other column.
OWN = frozenset(column.name for column in COLUMNS)


def summed(viewer: Viewer, filters: Filters, by: tuple[str, ...], today: date, measures: tuple[str, ...], which: Which = ALL) -> Select[Any]:
    """The measures for each value of `by` and currency; names that a key alone decides stand beside it."""
    beside = tuple(dict.fromkeys(name for word in by for name in BESIDE.get(word, ())))
    rows, columns, lines = _open(viewer, filters, today, {*by, *beside, *measures}, which)
    keys = [columns[word] for word in by]
    overdue = columns["due_date"] < today
    found = {
        "quotes": count_distinct(lines.c.reseller_site_number, lines.c.quote_number), "lines": func.count(),
        "quantity": total(lines.c.quantity), "amount": total(lines.c.amount),
        "lines_overdue": func.count(case((overdue, 1))), "amount_overdue": total(case((overdue, lines.c.amount), else_=None)),
    }
    if "customers" in measures:
        found["customers"] = count_distinct(columns["customer"])
    if not found.keys() >= set(measures):
        found |= which.more.measures(lines)
    return rows.with_only_columns(
        *(key.label(word) for word, key in zip(by, keys, strict=True)), *(agreed(columns[name]).label(name) for name in beside), lines.c.currency,
        *(found[name].label(name) for name in measures),
    ).group_by(*keys, lines.c.currency)


def listed(viewer: Viewer, filters: Filters, today: date, names: Sequence[str] = DETAIL, which: Which = ALL) -> Select[Any]:
    """The lines themselves, with these columns and those of one reporting currency."""
    rows, columns, lines = _open(viewer, filters, today, {*names}, which)
    return rows.with_only_columns(*(columns[name].label(name) for name in names), *exchange.beside(lines, which.more.amounts))


def _open(viewer: Viewer, filters: Filters, today: date, asked: set[str], which: Which) -> tuple[Select[Any], Expressions, FromClause]:
    """The filtered open lines, joined where asked: a select to refine, every column by name, the lines."""
    lines, own = viewer.renewals(), viewer.sites()
    # Chosen before they are joined: DuckDB would else join every line first.
    lines = select(lines).where(lines.c.status == OPEN, *_chosen(viewer, filters, lines, today)).subquery("open_lines")
    asked = asked | which.asks
    more = which.more if asked - OWN else NOTHING_MORE
    lines = exchange.reported(more.lines(viewer, lines), "due_date", filters.in_currency, today, ("amount", *more.amounts))
    joined: FromClause = lines
    columns = _of_lines(lines, today, which, asked)
    if asked & OF_SITE:
        joined, of_sites = scope.with_sites(joined, lines, own)
        columns |= of_sites | {"country": of_sites["site_country"], "agreement": of_sites["agreement_number"]}
    if (asked | filters.kinds()) & OF_PART:
        joined, of_parts = scope.with_parts(joined, lines, own)
        columns |= of_parts
    if "account_manager" in asked:
        mine = viewer.assignments()
        joined = joined.outerjoin(mine, and_(mine.c.reseller_site_number == lines.c.reseller_site_number, mine.c.site_number == lines.c.site_number))
        columns["account_manager"] = mine.c.account_manager
    grouped = conditions(filters, {"product_group": columns["product_group"]} if "product_group" in columns else {})
    return select(lines.c.line_number).select_from(joined).where(*grouped, *which.where(columns)), columns, lines


def _of_lines(lines: FromClause, today: date, which: Which, asked: set[str]) -> Expressions:
    """What a line says by itself, by the names of COLUMNS; what takes computing only where asked."""
    due = lines.c.due_date
    said = {name: lines.c[name] for name in LINE} | {word: lines.c[name] for word, name in KEY_WORDS.items()}
    computed: dict[str, Callable[[], ColumnElement[Any]]] = {
        "bucket": lambda: buckets.place(due, today, which.buckets), "month": lambda: month(due), "week": lambda: week(due),
        "days_to_due": lambda: cast(due - cast(today, Date), Integer), "end_month": lambda: month(lines.c.coverage_end),
        "term_months": lambda: _whole_months(lines.c.coverage_start, lines.c.coverage_end), "price_change": lambda: _price_change(lines),
        "quote_state": lambda: _quote_state(lines.c.quote_expires, today),
        **{name: partial(exchange.of_line, lines, name) for name in ("quantity", "unit_price", "currency", "amount", *which.more.names)},
    }
    return said | {name: make() for name, make in computed.items() if name in asked}


def _quote_state(expires: ColumnElement[Any], today: date) -> ColumnElement[str]:
    """One of words.QUOTE_STATES."""
    soon = today + timedelta(EXPIRING_DAYS)
    return case((expires.is_(None), "undated"), (expires < today, "expired"), (expires <= soon, "expiring"), else_="valid")


def _price_change(lines: FromClause) -> ColumnElement[Any]:
    """The unit price against the one paid before, as a ratio of four decimals; null where nothing was paid."""
    return ratio(lines.c.unit_price - lines.c.prior_unit_price, lines.c.prior_unit_price, CHANGE_DECIMALS)


def _chosen(viewer: Viewer, filters: Filters, lines: FromClause, today: date) -> list[ColumnElement[bool]]:
    """The filters as conditions on the lines, but for those by their part."""
    own = viewer.sites()
    matching = conditions(filters, {"site": lines.c.site_number, "date": lines.c.due_date, "status": lines.c.status,
                                    "reseller": lines.c.reseller_site_number, "quote": lines.c.quote_number})
    if filters.kinds() & {"agreement", "customer", "country", "program", "anniversary"}:
        matching.append(scope.site_matches(lines, own, lambda site: conditions(filters, {
            "agreement": site["agreement_number"], "customer": site["customer_folded"], "country": site["site_country"],
            "program": site["program"], "anniversary": site["anniversary_date"],
        })))
    if filters.due:
        matching.append(or_(*(buckets.within(lines.c.due_date, today, code) for code in filters.due)))
    if filters.quote_state:
        matching.append(_quote_state(lines.c.quote_expires, today).in_(filters.quote_state))
    if filters.account_manager:
        matching.append(scope.assigned(lines, own, filters.account_manager))
    return matching


def _whole_months(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """The whole months of a coverage, both days inclusive: `dates.months.months_full` from its start to the day after its
    end, null without one."""
    after, later = end + literal(1, Integer), end + literal(2, Integer)
    months = (extract("year", after) - extract("year", start)) * 12 + extract("month", after) - extract("month", start)
    # A day that the last month lacks is its last day.
    short = and_(extract("day", after) < extract("day", start), extract("day", later) != 1)
    return cast(months - case((short, 1), else_=0), Integer)
