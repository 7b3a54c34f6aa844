"""The difference of two price files: which prices are new, gone or changed from one edition to another; and the gaps of a price list.

A price file of an edition is what is in force on the edition's first day: what an edition does not price anew is still in it. So a price
is new when none was in force on the first day of the earlier edition, and gone when none is on that of the later one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from pao_core import replica, report_csv
from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.export.xlsx import table_xlsx
from pao_core.locale import N_, Refused, _, formats, language, words
from pao_core.prices import prepared, price_files, statements
from pao_core.prices.change import BANDS
from pao_core.prices.choice import PriceFile, check
from pao_core.prices.price_files import EXCEL_ROWS, LEVEL, MARKET, PART
from pao_core.prices.shelf import Shelf, shelf
from pao_core.report import Column

TITLE, GAPS_TITLE = N_("Difference of two price files"), N_("Gaps of a price list")
DEFINITION = N_(
    "Prices in force on the first day of the one edition against those in force on the first day of the other, for one country, currency and "
    "family, a price for each part and level. New: no price on the first of the two days. Gone: none on the second. Changed: another price. "
    "What an edition does not price anew keeps its price while that holds, and is unchanged."
)
GAPS_DEFINITION = N_(
    "Days on which a part has no price at a level although it had one before and has one after: from the end that a price says to the first "
    "day of the next one. And parts with a price in force on the first day of the edition that have none at a level of the list."
)
Answer = TypeVar("Answer")
KINDS = ("new", "gone", "changed", "same")
DESCRIPTION, GROUP = Column("description", N_("Description")), Column("product_group", N_("Product group"))
COLUMNS = (
    PART, DESCRIPTION, GROUP, *MARKET, LEVEL, Column("kind", N_("Difference"), "difference_kind"),
    Column("old_price", N_("Price before"), "unit_price"), Column("new_price", N_("New price"), "unit_price"),
    Column("price_difference", N_("Difference per unit"), "unit_price"), Column("change", N_("Change"), "percent"),
)
GAP_COLUMNS = (
    PART, DESCRIPTION, GROUP, *MARKET, LEVEL, Column("kind", N_("Gap"), "gap_kind"),
    Column("gap_from", N_("Without a price from"), "date"), Column("gap_to", N_("Until before"), "date", N_("The first day of the next price")),
)
GROUPS = (GROUP, *(Column(kind, words.PRICE_DIFFERENCES[kind], "integer") for kind in KINDS))


@dataclass(frozen=True)
class Two:
    """Which files are compared: the `earlier` and the `later` edition's, by their first days, of `file`'s family, country, currency and
    levels."""

    file: PriceFile
    earlier: date
    later: date

    def words(self) -> list[str]:
        """Which files they are, in the reader's language."""
        days_ = _("From {earlier} to {later}", earlier=formats.day(self.earlier), later=formats.day(self.later))
        return [_family(self.file), formats.country(self.file.country), days_, *self.file.levels]

    def stem(self) -> str:
        """The name of the file that is handed out, without its ending."""
        return f"difference-{self.file.family}-{self.file.country}-{self.file.currency}-{self.earlier.isoformat()}-{self.later.isoformat()}"


@dataclass(frozen=True)
class Counts:
    """How many prices and how many parts there are of each of KINDS; prices by product group (rows of GROUPS, the most changes first) and
    by band of their change (the changed ones alone)."""

    prices: dict[str, int]
    parts: dict[str, int]
    groups: list[dict[str, Any]]
    bands: dict[str, int]


def days(viewer: Viewer, country: str, currency: str) -> tuple[date, ...]:
    """The first days of the editions of a list, oldest first."""
    return tuple(edition.effective_from for edition in price_files.editions(viewer) if (edition.country, edition.currency) == (country, currency))


def usual(editions: Sequence[date], today: date) -> tuple[date, date]:
    """The two editions that are compared unless others are asked for: the one in force today and the one after it, else the first or the last
    two; twice the only one."""
    last = len(editions) - 1
    later = min(max(next((place for place, day in enumerate(editions) if day > today), last), 1), last)
    return editions[max(later - 1, 0)], editions[later]


def counts(viewer: Viewer, two: Two) -> Counts:
    """What is new, gone and changed, in numbers. Raises BadFilter for an unknown list."""
    def read() -> Counts:
        found = replica.reader(viewer.store).rows(statements.difference_counts(two.file, two.earlier, two.later), viewer)
        by_part = replica.reader(viewer.store).rows(statements.difference_parts(two.file, two.earlier, two.later), viewer)
        of_group: dict[str | None, dict[str, int]] = {}
        for row in found:
            of = of_group.setdefault(row.product_group, dict.fromkeys(KINDS, 0))
            of[row.kind] += row.prices
        groups = [{"product_group": group, **of} for group, of in of_group.items()]
        return Counts(
            {kind: sum(of[kind] for of in of_group.values()) for kind in KINDS}, dict.fromkeys(KINDS, 0) | {row.kind: row.parts for row in by_part},
            sorted(groups, key=lambda row: (row["same"] - sum(row[kind] for kind in KINDS), row["product_group"] or "")),
            {band: sum(row.prices for row in found if (row.kind, row.band) == ("changed", band)) for band in BANDS if band != "same"},
        )

    return _once(viewer, ("difference", two), two.file, read)


def rows(viewer: Viewer, two: Two, kinds: Sequence[str] = (), search: str = "", limit: int | None = None, offset: int = 0) -> list[dict[str, Any]]:
    """The prices of these KINDS (none: all but the unchanged) whose part has the words of `search`, by part and level."""
    wanted = _checked(viewer, two.file).found(viewer.store, search)
    statement = statements.difference(two.file, two.earlier, two.later, kinds or KINDS[:3], wanted)
    return _read(viewer, statement, limit, offset)


def how_many(viewer: Viewer, two: Two, kinds: Sequence[str] = (), search: str = "") -> int:
    """How many rows those are."""
    if not search:
        found = counts(viewer, two).prices
        return sum(found[kind] for kind in kinds or KINDS[:3])
    wanted = _checked(viewer, two.file).found(viewer.store, search)
    statement = statements.difference(two.file, two.earlier, two.later, kinds or KINDS[:3], wanted).order_by(None).subquery()
    return int(replica.reader(viewer.store).rows(select(func.count()).select_from(statement), viewer)[0][0])


def file(viewer: Viewer, two: Two, kinds: Sequence[str], form: str) -> bytes:
    """The difference as "csv" (for systems) or "xlsx" (for people, in the reader's language). Raises AccessDenied, BadFilter for an unknown
    list, and Refused for more rows than Excel can hold."""
    said = [*two.words(), *(words.word("difference_kind", kind) for kind in kinds)]
    differences = statements.difference(two.file, two.earlier, two.later, kinds or KINDS[:3])
    return _made(viewer, two.file, form, ("difference", two, tuple(kinds)), TITLE, DEFINITION, COLUMNS, said, differences)


def gaps(viewer: Viewer, of: PriceFile, day: date, limit: int | None = None, offset: int = 0) -> list[dict[str, Any]]:
    """The gaps of a list, those in time first; parts without a price at a level as of the day."""
    _checked(viewer, of)
    return _read(viewer, statements.gaps(of, day), limit, offset)


def gaps_of(viewer: Viewer, of: PriceFile, day: date) -> dict[str, int]:
    """How many gaps of each kind ("time", "level") there are."""
    def read() -> dict[str, int]:
        found = statements.gaps(of, day).order_by(None).subquery()
        counted = select(found.c.kind, func.count().label("gaps")).group_by(found.c.kind)
        return {"time": 0, "level": 0} | {row.kind: row.gaps for row in replica.reader(viewer.store).rows(counted, viewer)}

    return _once(viewer, ("gaps", of, day), of, read)


def gaps_file(viewer: Viewer, of: PriceFile, day: date, form: str) -> bytes:
    """The gaps as a file, as `file` gives the difference."""
    said = [_family(of), formats.country(of.country), _("Edition of {day}", day=formats.day(day))]
    return _made(viewer, of, form, ("gaps", of, day), GAPS_TITLE, GAPS_DEFINITION, GAP_COLUMNS, said, statements.gaps(of, day))


def _family(of: PriceFile) -> str:
    return words.word("family", of.family)


def _checked(viewer: Viewer, of: PriceFile) -> Shelf:
    viewer.require(PRICES_DOWNLOAD)
    lists = shelf(viewer.store)
    check(of, lists.lists)
    return lists


def _once(viewer: Viewer, question: tuple[object, ...], of: PriceFile, read: Callable[[], Answer]) -> Answer:
    return _checked(viewer, of).once(question, read)


def _read(viewer: Viewer, statement: Select[Any], limit: int | None, offset: int) -> list[dict[str, Any]]:
    page = statement if limit is None else statement.limit(limit).offset(offset)
    return [price_files.spoken(row._asdict()) for row in replica.reader(viewer.store).rows(page, viewer)]


def _made(
    viewer: Viewer, of: PriceFile, form: str, facts: tuple[object, ...], title: str, definition: str, columns: Sequence[Column],
    said: Sequence[str], asked: Select[Any],
) -> bytes:
    """The file of these rows, made once for each language and state of the price lists."""
    lists = _checked(viewer, of)

    def make() -> bytes:
        if form == "csv":
            return report_csv.of_statement(viewer, columns, asked)
        found = _read(viewer, asked, None, 0)
        if len(found) > EXCEL_ROWS:
            raise Refused(N_("An Excel sheet holds {most} rows; this file has {rows}. Choose fewer levels, or the CSV form."), most=EXCEL_ROWS,
                          rows=len(found))
        as_of = formats.moment(lists.published, viewer.store.settings.timezone) if lists.published else ""
        return table_xlsx(_(title), columns, found, words=[*said, of.currency], as_of=as_of, definition=_(definition))

    return prepared.prepared(viewer.store, lists, (*facts, language() if form == "xlsx" else ""), form, make)
