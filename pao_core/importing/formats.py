"""Numbers and dates: the form is decided by the whole column, by the values that fit only one; what stays open is asked."""

from __future__ import annotations

from functools import cache

from babel import Locale

from pao_core.importing.bench import Bench, literal
from pao_core.locale import N_, Refused
from pao_core.store.types import fold

SIGNS = {"point": ".", "comma": ","}
ORDERS = {"dmy": "day_first", "mdy": "month_first"}
# 1.234 and 1,234 fit both forms with different values; 0.125 and 1234.5 do not.
OPEN = r"[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}"
DIGITS = 18  # what fits 64 bits
FIRST_YEAR, LAST_YEAR = 1900, 2199
TIME = r"[T ]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[AaPp]\.?[Mm]\.?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?"


class Ambiguous(Refused):
    """A column has two readings; `option` (`dates` or `numbers`) is how the person says which is meant."""

    def __init__(self, option: str, template: str, **facts: object) -> None:
        super().__init__(template, **facts)
        self.option = option


def number_pattern(decimal: str, decimals: int | None = None) -> str:
    """The regular expression of a number whose decimal sign is `.` or `,` and whose thousands have the other, or none; with at
    most so many decimals, zeros behind them aside."""
    point, group = (r"\.", ",") if decimal == "." else (",", r"\.")
    fraction = "[0-9]*" if decimals is None else f"[0-9]{{0,{decimals}}}0*"
    return rf"[-+]?(?:(?:[0-9]+|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+)(?:{point}{fraction})?|{point}[0-9]{fraction})"


def decimal_sign(bench: Bench, source: str, text: str, column: str, chosen: str | None) -> str:
    """The decimal sign of the column whose cells are the SQL `text`. Raises Ambiguous when nothing decides."""
    if chosen is not None:
        return SIGNS[chosen]
    point, comma, open_form = (f"regexp_full_match({text}, {literal(form)})" for form in (number_pattern("."), number_pattern(","), OPEN))
    point_only, comma_only, open_, example = bench.all(
        "SELECT count(*) FILTER (point AND NOT comma), count(*) FILTER (comma AND NOT point), min(text) FILTER (open), "
        "min(text) FILTER (comma AND NOT point) FROM "
        f"(SELECT {text} AS text, {point} AS point, {comma} AS comma, {open_form} AS open FROM {source} WHERE {text} IS NOT NULL)"
    )[0]
    if point_only == comma_only and (point_only or open_ is not None):
        raise Ambiguous(
            "numbers", N_("Column {column}: {value} has two readings, with a decimal comma or a decimal point. Say which the file uses."),
            column=column, value=open_ or example,
        )
    return "," if comma_only > point_only else "."


def scaled(text: str, decimal: str, decimals: int) -> str:
    """SQL: a number as a whole number of 10**-decimals; null when it has another form, more decimals or too many digits."""
    group = "," if decimal == "." else "."
    plain = f"replace(replace({text}, '{group}', ''), ',', '.')"
    exact = f"CAST(TRY_CAST({plain} AS DECIMAL({DIGITS}, {decimals})) AS DECIMAL(38, {decimals}))"
    value = f"CAST({exact} * {10**decimals} AS BIGINT)"
    return f"CASE WHEN regexp_full_match({text}, {literal(number_pattern(decimal, decimals))}) THEN {value} END"


def read_dates(bench: Bench, source: str, text: str, table: str) -> None:
    """Make the table `table` (text, sure, day_first, month_first) of the column's distinct texts."""
    _months(bench)
    # Every expression is tried on the date alone; a time behind it is left out.
    bench.run(
        f"CREATE TABLE {table} AS WITH texts AS (SELECT DISTINCT {text} AS text FROM {source} WHERE {text} IS NOT NULL), "
        f"days AS (SELECT text, CASE WHEN length(text) <= 10 THEN text ELSE regexp_replace(text, {literal(TIME + '$')}, '') END AS day FROM texts), "
        "parts AS (SELECT text, day, "
        r"regexp_extract(day, '^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$', ['y', 'm', 'd']) AS iso, "
        r"regexp_extract(day, '^([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})$', ['a', 'b', 'y']) AS local, "
        r"regexp_extract(day, '^([0-9]{1,2})(?:st|nd|rd|th|º)?[-/. ]*(?:de )?(\pL{3,})\.?,?[-/. ]*(?:de )?([0-9]{4})$', ['d', 'm', 'y']) AS named "
        "FROM days) "
        f"SELECT text, {_kept('coalesce(' + ', '.join(_sure()) + ')')} AS sure, "
        f"{_kept(_date('local.y', 'local.b', 'local.a'))} AS day_first, {_kept(_date('local.y', 'local.a', 'local.b'))} AS month_first "
        "FROM parts LEFT JOIN months ON months.name = lower(strip_accents(named.m))"
    )


def _sure() -> tuple[str, ...]:
    return (
        _date("iso.y", "iso.m", "iso.d"),
        _date("named.y", "months.month", "named.d"),
        "CASE WHEN regexp_full_match(day, '(19|20|21)[0-9]{6}') THEN TRY_CAST(day[1:4] || '-' || day[5:6] || '-' || day[7:8] AS DATE) END",
        # A workbook's serial: five digits, 1927 to 2173. A bare year or a number of another kind is no date.
        r"CASE WHEN regexp_full_match(day, '[1-9][0-9]{4}(\.[0-9]+)?') THEN DATE '1899-12-30' + CAST(day[1:5] AS INTEGER) END",
    )


def _date(year: str, month: str, day: str) -> str:
    return f"TRY_CAST(nullif({year}, '') || '-' || {month} || '-' || {day} AS DATE)"


def _kept(date: str) -> str:
    return f"CASE WHEN year({date}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {date} END"


def date_order(bench: Bench, source: str, text: str, table: str, column: str, chosen: str | None) -> str:
    """`day_first` or `month_first` for the column. Raises Ambiguous when nothing decides, or values decide both ways."""
    if chosen is not None:
        return ORDERS[chosen]
    day, month, open_ = bench.all(
        "SELECT min(text) FILTER (month_first IS NULL AND day_first IS NOT NULL), min(text) FILTER (day_first IS NULL AND month_first IS NOT NULL), "
        f"min(text) FILTER (day_first <> month_first) FROM {table}"
    )[0]
    if day and month:
        raise Ambiguous("dates", N_("Column {column}: {one} can only be day-first and {other} only month-first. Say which the file uses."),
                        column=column, one=day, other=month)
    if open_ and not day and not month:
        raise Ambiguous("dates", N_("Column {column}: every date, such as {value}, can be day-first or month-first. Say which the file uses."),
                        column=column, value=open_)
    return "month_first" if month else "day_first"


def _months(bench: Bench) -> None:
    bench.run("CREATE TABLE IF NOT EXISTS months (name VARCHAR, month VARCHAR)")
    if not bench.count("months"):
        bench.insert("months", list(_month_names().items()))


@cache
def _month_names() -> dict[str, str]:
    names = {
        fold(name).rstrip("."): str(month)
        for language in ("en", "pt_BR", "es")
        for width in ("wide", "abbreviated")
        for month, name in Locale.parse(language).months["format"][width].items()
    }
    return names | {"sept": "9", "set": "9", "sep": "9"}
