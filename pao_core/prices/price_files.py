"""Price files: software or SaaS and monthly parts, current or future, by country and currency; counts, preview, download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Select

from pao_core import replica, report_csv
from pao_core.access import Viewer
from pao_core.access.changes import Since
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.export.xlsx import table_xlsx
from pao_core.locale import N_, Refused, _, formats, language, words
from pao_core.prices import prepared, statements
from pao_core.prices.choice import FAMILIES, LEVELS, NAMES_OF_WHENS, WHENS, PriceFile, check, choose
from pao_core.prices.shelf import Edition, Shelf, shelf
from pao_core.report import Column, machine

__all__ = [
    "FAMILIES", "LEVELS", "WHENS", "Count", "Edition", "Preview", "PriceFile", "choose", "countries_and_currencies", "counts", "editions",
    "editions_since", "file", "preview", "published", "rows",
]

TITLE = N_("Price file")
DEFINITION = N_(
    "Prices per unit, without tax, as they were loaded. A price without an end holds until the next one of the same part, country, "
    "currency and level; the end is the first day on which it no longer holds. Current: in force today. Future: in force later. SaaS and "
    "monthly: parts of the SaaS family and monthly licenses; software: all others."
)
FORMATS = ("csv", "xlsx")
EXCEL_ROWS = 1_048_575
CHANGE_DECIMALS = Decimal("0.0001")

PART = Column("part_number", N_("Part number"), "code")
DESCRIBED = (
    Column("description", N_("Description")), Column("product_group", N_("Product group")), Column("charge_metric", N_("Charge metric")),
)
MARKET = (Column("country", N_("Country/region"), "country"), Column("currency", N_("Currency"), "code"))
FROM = Column("effective_from", N_("Valid from"), "date")
TO = Column("effective_to", N_("Ends on"), "date", N_("The first day on which the price no longer holds; empty: until the next price."))
POINTS = Column("points", N_("Points"), "quantity")
LEVEL, UNIT_PRICE = Column("price_level", N_("Price level"), "level"), Column("unit_price", N_("Unit price"), "unit_price")
LONG = (PART, *MARKET, LEVEL, FROM, TO, UNIT_PRICE, POINTS)
CURRENT_PRICE = Column("current_price", N_("Current price"), "unit_price")
FUTURE_PRICE = Column("future_price", N_("Future price"), "unit_price")
CHANGE = (Column("change", N_("Change"), "percent"), Column("future_from", N_("Valid from"), "date"))


@dataclass(frozen=True)
class Count:
    """How many prices a file has; `starts` is the first day of its future ones."""

    family: str
    when: str
    prices: int
    starts: date | None


@dataclass(frozen=True)
class Preview:
    """The first rows of a file, one a part: its price at each level, and at `level` the change to the next price.

    `count` is how many parts match, `rows` hold as many of them as were asked for. `change` is a ratio: 0.085 is 8.5 %.
    """

    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    count: int
    level: str
    as_of: datetime | None
    behind: bool


def countries_and_currencies(viewer: Viewer) -> dict[str, tuple[str, ...]]:
    """The currencies in which there are prices, by country code; both in order."""
    found: dict[str, tuple[str, ...]] = {}
    for country, currency in _shelf(viewer).lists:
        found[country] = (*found.get(country, ()), currency)
    return found


def editions(viewer: Viewer) -> tuple[Edition, ...]:
    """Every edition by country, currency and date, past ones too."""
    return _shelf(viewer).editions


def editions_since(viewer: Viewer, since: Since) -> tuple[Edition, ...]:
    """The editions that have prices written since, and how many of their prices were."""
    viewer.require(PRICES_DOWNLOAD)
    rows = replica.reader(viewer.store).rows(statements.written(since), viewer)
    return tuple(Edition(row.country, row.currency, row.effective_from, row.prices) for row in rows)


def published(viewer: Viewer) -> datetime | None:
    """When prices or parts last changed; None when there are none."""
    return _shelf(viewer).published


def counts(viewer: Viewer, country: str, currency: str, today: date, levels: Sequence[str] = ()) -> list[Count]:
    """How many prices each of the six files has, in the order of FAMILIES and WHENS."""
    lists = _shelf(viewer)
    asked = ("counts", country, currency, tuple(levels), lists.since(country, currency, today))
    rows = lists.once(asked, lambda: replica.reader(viewer.store).rows(statements.counts(country, currency, levels, today), viewer))
    by_family = {FAMILIES[bool(row.saas)]: row for row in rows}
    found = []
    for family in FAMILIES:
        row = by_family.get(family)
        current, future = (row.current, row.future) if row else (0, 0)
        starts = row.starts if row else None
        found += [Count(family, "current", current, None), Count(family, "current+future", current + future, starts),
                  Count(family, "future", future, starts)]
    return found


def preview(viewer: Viewer, choice: PriceFile, search: str, limit: int, today: date) -> Preview:
    """The parts of the file whose number or descriptions hold the words of `search`. Raises BadFilter for an unknown list."""
    lists = _checked(viewer, choice)
    reader = replica.reader(viewer.store)
    wanted = lists.found(viewer.store, search)
    asked = ("parts", choice, lists.since(choice.country, choice.currency, today))
    numbers = lists.once(asked, lambda: _listed(viewer, choice, today))
    matching = numbers if wanted is None else [number for number in numbers if number in wanted]
    found = reader.rows(statements.preview(choice, matching[:limit], today), viewer) if matching else []
    compared = CURRENT_PRICE if choice.when == "future" else FUTURE_PRICE
    first, *others = _levels(choice)
    columns = (PART, *DESCRIBED[:2], first, compared, *CHANGE, *others, POINTS)
    shown = [_changed(spoken(row._asdict())) for row in found]
    return Preview(columns, shown, len(matching), choice.columns_of_levels[0], reader.as_of, reader.behind)


def _listed(viewer: Viewer, choice: PriceFile, today: date) -> list[str]:
    """The part numbers of the file, in order: thousands, so read by column."""
    found: list[str] = replica.reader(viewer.store).table(statements.part_numbers(choice, today), viewer)["part_number"].to_pylist()
    return found


def rows(viewer: Viewer, choice: PriceFile, today: date) -> list[dict[str, Any]]:
    """The rows of the file as JSON carries them, under the names of the data dictionary (wide: `price_<level>`)."""
    _checked(viewer, choice)
    columns = _columns(choice)
    return [{column.name: machine(row[column.name]) for column in columns} for row in _rows(viewer, choice, today, columns)]


def file(viewer: Viewer, choice: PriceFile, format: str, today: date) -> bytes:
    """The file as "csv" (for systems) or "xlsx" (for people, in the reader's language).

    Raises AccessDenied, BadFilter for an unknown list, and Refused for more rows than Excel can hold.
    """
    lists = _checked(viewer, choice)
    make = {"csv": _csv, "xlsx": _xlsx}[format]
    tongue = language() if format == "xlsx" else ""
    facts = (choice, tongue, lists.since(choice.country, choice.currency, today))
    return prepared.prepared(viewer.store, lists, facts, format, lambda: make(viewer, choice, today, lists))


def _shelf(viewer: Viewer) -> Shelf:
    viewer.require(PRICES_DOWNLOAD)
    return shelf(viewer.store)


def _checked(viewer: Viewer, choice: PriceFile) -> Shelf:
    lists = _shelf(viewer)
    check(choice, lists.lists)
    return lists


def _columns(choice: PriceFile) -> tuple[Column, ...]:
    return (PART, *MARKET, FROM, TO, POINTS, *_levels(choice)) if choice.wide else LONG


def _levels(choice: PriceFile) -> tuple[Column, ...]:
    return tuple(Column(f"price_{level}", level, "unit_price") for level in choice.columns_of_levels)


def _rows(viewer: Viewer, choice: PriceFile, today: date, columns: Sequence[Column]) -> list[dict[str, Any]]:
    described = DESCRIBED[0] in columns
    found = [row._asdict() for row in replica.reader(viewer.store).rows(_statement(choice, today, described=described), viewer)]
    return [spoken(row) for row in found] if described else found


def _statement(choice: PriceFile, today: date, *, described: bool) -> Select[Any]:
    return (statements.wide if choice.wide else statements.long)(choice, today, described=described)


def _csv(viewer: Viewer, choice: PriceFile, today: date, _lists: Shelf) -> bytes:
    return report_csv.of_statement(viewer, _columns(choice), _statement(choice, today, described=False))


def _xlsx(viewer: Viewer, choice: PriceFile, today: date, lists: Shelf) -> bytes:
    first, *rest = _columns(choice)
    columns = (first, *DESCRIBED, *rest)
    found = _rows(viewer, choice, today, columns)
    if len(found) > EXCEL_ROWS:
        raise Refused(N_("An Excel sheet holds {most} rows; this file has {rows}. Choose fewer levels, or the CSV form."),
                      most=EXCEL_ROWS, rows=len(found))
    said = [
        words.word("family", choice.family), _(NAMES_OF_WHENS[choice.when]), formats.country(choice.country),
        f"{choice.currency}, {formats.currency_name(choice.currency)}",
        _("Price levels: {levels}", levels=", ".join(choice.columns_of_levels)),
    ]
    as_of = formats.moment(lists.published, viewer.store.settings.timezone) if lists.published else ""
    return table_xlsx(_(TITLE), columns, found, words=said, as_of=as_of, definition=_(DEFINITION))


def spoken(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the description in the reader's language, English where there is none."""
    own = {"pt_BR": "description_pt", "es": "description_es"}.get(language())
    said = {"description": (row[own] if own else None) or row["description"]}
    return {name: value for name, value in row.items() if not name.startswith("description_")} | said


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the change from its current to its future price; none where either is missing or nothing is paid now."""
    before, after = row["current_price"], row["future_price"]
    change = (after / before - 1).quantize(CHANGE_DECIMALS, ROUND_HALF_UP) if before and after is not None else None
    return row | {"change": change}
