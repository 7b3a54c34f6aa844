"""Open renewal lines in plain Python, and the check of a report against them: rows, counts, totals and every computed column.

Nothing here uses the product's queries.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from types import ModuleType
from typing import Any

import world as worlds
from cast import AURORA, BOREAL, settle

from pao_core import report
from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.store.engine import Store

OWN = {"carla": AURORA, "ana": BOREAL}
# Month ends, a year end and a leap day: weeks and buckets begin in other months and years there.
TODAYS = (date(2026, 11, 24), date(2026, 8, 31), date(2025, 12, 31), date(2026, 1, 1), date(2024, 2, 29), date(2025, 2, 28))
Line = dict[str, Any]
Chosen = Callable[[worlds.World, Filters, date, Line], bool]
More = Callable[[worlds.World, Filters, date, Line], Line]
AMOUNT = ("amount",)
RATES = ("in_currency", "amount_in", "rate", "rate_date")


def nothing_more(_world: worlds.World, _filters: Filters, _today: date, _line: Line) -> Line:
    """A report that says no more of a line than all do."""
    return {}


@dataclass(frozen=True)
class Said:
    """What a report says of open lines: which it has `chosen`, what `more` it says of each, which of that are `amounts`, and the filters
    that it has `beside` the others."""

    chosen: Chosen
    more: More = nothing_more
    amounts: tuple[str, ...] = AMOUNT
    beside: Callable[[random.Random, Filters], Filters] = lambda _pick, filters: filters


def line(number: int, due: date, **more: Any) -> Line:
    """An open line of Boreal's over 100 reais at one site."""
    return {
        "reseller_site_number": BOREAL, "distributor_site_number": None, "quote_number": "Q1", "line_number": number, "site_number": "1",
        "part_number": "E1", "quantity": Decimal(1), "unit_price": Decimal(100), "currency": "BRL", "amount": Decimal(100), "coverage_start": due,
        "coverage_end": None, "due_date": due, "quote_expires": None, "status": "open", "renewed_on": None, "prior_unit_price": None,
    } | more


def lay(store: Store, *renewals: Line, part_type: str = "renewal") -> dict[str, Viewer]:
    """The lines in a store, with the site and part that they are of; gives the people who look at them."""
    people = settle(store)
    site = {"site_number": "1", "name": "Companhia Lumiara", "name_folded": "companhia lumiara", "country": "BR", "agreement_number": None}
    part = {"part_number": "E1", "description": "Support", "product_group": "Security", "part_type": part_type, "points": None, "charge_metric": None}
    worlds.World(agreements={"A": {"agreement_number": "A", "program": "PA", "customer_name": "Outra", "customer_name_folded": "outra"}},
                 sites={"1": site}, parts={"E1": part}, names={(BOREAL, "2"): "x"}, renewals=list(renewals)).write(store)
    return people


def days_to(due: date, today: date) -> int:
    return due.toordinal() - today.toordinal()


def bucket(days: int, *, back: bool = False) -> str:
    """The bucket of so many days to the due date; `back` tells late lines apart by days."""
    if days < 0:
        late = -days
        return "overdue" if not back else next((f"late-{first}-{last}" for first, last in ((1, 30), (31, 60), (61, 90), (91, 120), (121, 180))
                                                if first <= late <= last), "late-181")
    return next((f"{first}-{last}" for first, last in ((0, 30), (31, 60), (61, 90), (91, 120), (121, 180)) if first <= days <= last), "later")


def quote_state(expires: date | None, today: date) -> str:
    if expires is None:
        return "undated"
    return "expired" if expires < today else "expiring" if days_to(expires, today) <= 14 else "valid"


def lines(world: worlds.World, own: str, filters: Filters, today: date, chosen: Chosen, said: Said | None = None) -> list[Line]:
    """The open lines that a reseller sees, that match the filters and that the report has chosen."""
    found = []
    told = said or Said(chosen)
    for given in worlds.seen(world.renewals, own):
        line = given | told.more(world, filters, today, given)
        days = days_to(line["due_date"], today)
        if (
            line["status"] == "open" and chosen(world, filters, today, line)
            and worlds.site_matches(world, filters, line["site_number"], line["reseller_site_number"], own)
            and (not filters.country or world.sites[line["site_number"]]["country"] in filters.country)
            and (filters.from_ is None or line["due_date"] >= filters.from_) and (filters.to is None or line["due_date"] <= filters.to)
            and (not filters.product_group or world.parts[line["part_number"]]["product_group"] in filters.product_group)
            and (not filters.status or "open" in filters.status)
            and (not filters.reseller or line["reseller_site_number"] in filters.reseller)
            and (not filters.quote or line["quote_number"] in filters.quote)
            and (not filters.due or bucket(days) in filters.due)
            and (not filters.quote_state or quote_state(line["quote_expires"], today) in filters.quote_state)
        ):
            found.append(worlds.reported(world, line, "due_date", filters.in_currency, today, told.amounts))
    return found


def key_of(world: worlds.World, line: Line, by: str, today: date, back: bool) -> Any:
    """What a line is summed under."""
    due, end, site = line["due_date"], line["coverage_end"], world.sites[line["site_number"]]
    return {
        "bucket": bucket(days_to(due, today), back=back), "month": f"{due:%Y-%m}", "week": due - timedelta(due.weekday()), "due_date": due,
        "customer": site["agreement_number"] or site["site_number"], "site": line["site_number"], "agreement": site["agreement_number"],
        "quote": line["quote_number"], "country": site["country"], "product_group": world.parts[line["part_number"]]["product_group"],
        "quote_state": quote_state(line["quote_expires"], today), "reseller": line["reseller_site_number"], "quote_expires": line["quote_expires"],
        "end_month": end and f"{end:%Y-%m}", "term_months": end and whole_months(line["coverage_start"], end), "part": line["part_number"],
        **{name: line.get(name) for name in ("effect", "band", "edition")},
    }[by]


@cache
def whole_months(start: date, end: date) -> int:
    """How many months fit between two days, both inclusive."""
    months, after = 0, end + timedelta(1)
    while _later(start, months + 1) <= after:
        months += 1
    return months


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    return min(first + timedelta(day.day - 1), (first + timedelta(31)).replace(day=1) - timedelta(1))


def measures(world: worlds.World, of: list[Line], today: date) -> dict[str, Any]:
    """Every measure that a report of renewals may have."""
    late = [line for line in of if line["due_date"] < today]
    by_effect = {effect: [line for line in of if line.get("effect") == effect] for effect in ("rises", "falls")}
    compared = [line for line in of if line.get("old_amount") is not None]
    now, then = (sum((line[name] for line in compared), Decimal(0)) for name in ("old_amount", "new_amount"))
    amounts = {"old_amount": now, "new_amount": then, "difference": then - now,
               "saved": sum((line["new_amount"] - line["old_amount"] for line in by_effect["rises"]), Decimal(0))}
    return {
        "quotes": len({(line["reseller_site_number"], line["quote_number"]) for line in of}),
        "customers": len({key_of(world, line, "customer", today, False) for line in of}), "lines": len(of),
        "quantity": sum((line["quantity"] for line in of), Decimal(0)), "amount": sum((line["amount"] for line in of), Decimal(0)),
        "lines_overdue": len(late), "amount_overdue": sum((line["amount"] for line in late), Decimal(0)),
        "lines_rising": len(by_effect["rises"]), "lines_falling": len(by_effect["falls"]), "lines_apart": len(of) - len(compared),
        **(amounts if compared else dict.fromkeys(amounts)),
    }


def summed(world: worlds.World, of: list[Line], by: str | None, today: date, names: Iterable[str], back: bool) -> dict[Any, dict[str, Any]]:
    """(key, currency) -> measures."""
    groups: dict[Any, list[Line]] = defaultdict(list)
    for line in of:
        groups[key_of(world, line, by, today, back) if by else None, line["currency"]].append(line)
    return {key: {name: measures(world, group, today)[name] for name in names} for key, group in groups.items()}


def said(world: worlds.World, line: Line, own: str, today: date, back: bool) -> dict[str, Any]:
    """What a detail row says of a line beyond its own columns."""
    reseller, site, part = line["reseller_site_number"], world.sites[line["site_number"]], world.parts[line["part_number"]]
    customer, name, agreement = worlds.customer_of(world, line["site_number"], reseller, own)
    called = world.names.get((reseller, site["site_number"])) if site["stub"] and reseller == own else None
    before, end = line["prior_unit_price"], line["coverage_end"]
    return {
        "bucket": bucket(days_to(line["due_date"], today), back=back), "days_to_due": days_to(line["due_date"], today), "customer": customer,
        "customer_name": name, "agreement_number": site["agreement_number"], "site_name": called or site["name"], "country": site["country"],
        "program": agreement.get("program"), "price_level": agreement.get("price_level"), "anniversary_date": agreement.get("anniversary_date"),
        "part_description": part["description"], "product_group": part["product_group"], "part_type": part["part_type"],
        "charge_metric": part["charge_metric"], "quote_state": quote_state(line["quote_expires"], today),
        "price_change": ((line["unit_price"] - before) / before).quantize(Decimal("0.0001"), ROUND_HALF_UP) if before else None,
        "account_manager": next((row["account_manager"] for row in world.assignments if reseller == own
                                 and (row["reseller_site_number"], row["site_number"]) == (reseller, site["site_number"])), None),
        "term_months": end and whole_months(line["coverage_start"], end),
    }


def check(
    module: ModuleType, world: worlds.World, people: dict[str, Viewer], rounds: int, seed: int, chosen: Chosen | Said, *, both: bool = False,
) -> None:
    """Random filters, for the distributor and for one of its resellers: every row, count and total of the report. Every other one for the
    detail, the rest for a summary and the totals; or each for `both`."""
    pick = random.Random(seed)
    of_report = chosen if isinstance(chosen, Said) else Said(chosen)
    found_any = 0
    for turn in range(rounds):
        name, today = pick.choice(list(OWN)), pick.choice(TODAYS)
        filters = of_report.beside(pick, worlds.random_filters(pick, world))
        back = module.NAME == "due-180-days" and filters.direction == "last"
        of = lines(world, OWN[name], filters, today, of_report.chosen, of_report)
        found_any += bool(of)
        if both or not turn % 2:
            _check_summary(module, world, people[name], filters, pick.choice(module.BY), today, back, of)
        if both or turn % 2:
            found, first = report.run(module, people[name], filters, today=today, form="detail", totals=False), module.SORTS["detail"]
            of.sort(key=lambda line: (line[first], *_key(line)))
            assert [_key(row) for row in found.rows] == [_key(line) for line in of], filters
            assert found.count == len(of)
            _check_rows(found.rows, world, OWN[name], filters, today, back, of, of_report)
    assert found_any > rounds // 8, "hardly any of the filters found a line"


def _check_summary(
    module: ModuleType, world: worlds.World, viewer: Viewer, filters: Filters, by: str, today: date, back: bool, of: list[Line],
) -> None:
    found = report.run(module, viewer, filters, today=today, by=by)
    expected = summed(world, of, by, today, module.MEASURES, back)
    assert {(row[by], row["currency"]): {measure: row[measure] for measure in module.MEASURES} for row in found.rows} == expected, (filters, by)
    assert found.count == len(expected) == len(found.rows)
    assert {(None, row["currency"]): {measure: row[measure] for measure in module.MEASURES} for row in found.totals} == summed(
        world, of, None, today, module.MEASURES, back), filters


def _check_rows(
    rows: list[Line], world: worlds.World, own: str, filters: Filters, today: date, back: bool, reported: list[Line], of_report: Said,
) -> None:
    given = {_key(line): line for line in world.renewals}
    for row, line in zip(rows, reported, strict=True):
        expected = given[_key(row)] | said(world, given[_key(row)], own, today, back) | of_report.more(world, filters, today, given[_key(row)])
        expected["difference"] = _less(expected, "new_amount", "old_amount")
        in_one = (*RATES, *(f"{name}_in" for name in (*of_report.amounts, "difference")))
        assert row == {name: expected[name] for name in row if name in expected} | {name: row[name] for name in in_one if name in row}, filters
        if filters.in_currency:
            known = line["currency"] == filters.in_currency
            assert row["in_currency"] == (filters.in_currency if known else None), filters
            assert [row[f"{name}_in"] for name in of_report.amounts] == [line[name] if known else None for name in of_report.amounts], filters
            if "difference" in row:
                assert row["difference_in"] == (_less(line, "new_amount", "old_amount") if known else None), filters


def _less(line: Line, name: str, other: str) -> Decimal | None:
    return None if line.get(name) is None or line.get(other) is None else line[name] - line[other]


def _key(row: Line) -> tuple[Any, ...]:
    return row["reseller_site_number"], row["quote_number"], row["line_number"]
