"""Conversion and checks by column: the table `rows` of typed values, and what is wrong with them.

Python sees distinct words of closed sets, never rows.
"""

from __future__ import annotations

from collections.abc import Callable

from babel.numbers import list_currencies

from pao_core.importing import countries, formats
from pao_core.importing.bench import Bench, Sql, literal
from pao_core.importing.datasets import Column, Dataset, Kind, header_key
from pao_core.importing.mapping import Mapped
from pao_core.importing.options import ImportOptions
from pao_core.locale import N_

SPACES = " \t\r\n\xa0\u2007\u202f\ufeff"
# Control characters, marks that turn the direction of text, and letters without width: none is part of a name.
CONTROL = r"[\x00-\x1f\x7f-\x9f\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fff9}-\x{fffb}]"
SPREADSHEET_ERROR = r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)"
# A hostile file can have millions of distinct words where a closed set has ten.
MOST_WORDS = 100_000
LAST_INTEGER = 2**31 - 1


def convert(bench: Bench, mapped: Mapped, options: ImportOptions) -> None:
    """Make `rows` from `raw` and reject what cannot be converted. Raises Ambiguous for a column that must be asked for."""
    columns = [column for column in mapped.dataset.columns if column.name in mapped.given]
    texts = ", ".join(f'{_text(bench, column, mapped)} AS "t_{column.name}"' for column in columns)
    bench.run(f"CREATE VIEW given AS SELECT line, width, {texts} FROM raw")
    values, joins = [], []
    for column in columns:
        value, join = _CONVERSIONS[column.kind](bench, column, mapped, options)
        values.append(f'{value} AS "v_{column.name}"')
        joins.append(join)
    bench.run(f"CREATE TABLE rows AS SELECT given.*, {', '.join(values)} FROM given {' '.join(joins)}")
    _check_rows(bench, mapped, columns)
    for column in columns:
        _check_column(bench, column, mapped.word(column.name))
    for column in mapped.dataset.columns:
        if column.name not in mapped.given:
            bench.run(f'ALTER TABLE rows ADD COLUMN "t_{column.name}" VARCHAR')
            bench.run(f'ALTER TABLE rows ADD COLUMN "v_{column.name}" {_STORED[column.kind]}')


def _text(bench: Bench, column: Column, mapped: Mapped) -> str:
    """SQL: the column's text for a row: the value for every row, else the trimmed cell, else the default; null when empty."""
    if column.name in mapped.fixed:
        return literal(mapped.fixed[column.name].strip() or None)
    default = literal(mapped.defaults.get(column.name, "").strip() or None)
    if column.name not in mapped.columns:
        return default
    cell = f"trim(c{mapped.columns[column.name]}, {literal(SPACES)})"
    # An apostrophe before a sign is how exports keep a spreadsheet from taking text for a formula.
    cell = f"CASE WHEN {cell}[1] = '''' AND {cell}[2] IN ('=', '+', '-', '@') THEN {cell}[2:] ELSE {cell} END"
    if column.kind in (Kind.IDENTIFIER, Kind.SITE) and _all_end_in_zero(bench, cell):
        cell = f"regexp_replace({cell}, '\\.0$', '')"
    text = f"nullif({cell}, '')"
    return text if default == "NULL" else f"coalesce({text}, {default})"


def _all_end_in_zero(bench: Bench, cell: str) -> bool:
    """Numbers that a spreadsheet or a data frame made of identifiers: every value is `17850.0`."""
    return bool(bench.one(f"SELECT coalesce(bool_and(regexp_full_match({cell}, '[0-9]+\\.0')), false) FROM raw WHERE {cell} <> ''"))


# -- a kind of column -> the SQL of its value and the join that it needs ----------------------------------------------
def _identifier(_bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    text = f'"t_{column.name}"'
    if column.kind is Kind.IDENTIFIER:
        return f"nfc_normalize({text})", ""
    bare = f"coalesce(nullif(ltrim({text}, '0'), ''), '0')"
    return f"CASE WHEN regexp_full_match({text}, '[0-9]+') THEN {bare} ELSE nfc_normalize({text}) END", ""


def _name(_bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    return f"""nfc_normalize(regexp_replace("t_{column.name}", '[\\t\\r\\n]+', ' ', 'g'))""", ""


def _by_words(bench: Bench, column: Column, meaning: Callable[[str], str | None]) -> tuple[str, str]:
    text, table = f'"t_{column.name}"', f"words_{column.name}"
    found = bench.all(f"SELECT DISTINCT {text} FROM given WHERE length({text}) <= {column.characters} LIMIT {MOST_WORDS}")
    bench.words(table, {word: meaning(word) for (word,) in found})
    return f"{table}.value", f"LEFT JOIN {table} ON {table}.text = given.{text}"


def _country(bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    value, join = _by_words(bench, column, countries.code)
    if column.lenient:
        value = f'CASE WHEN given."t_{column.name}" IS NOT NULL THEN coalesce({value}, {literal(countries.UNKNOWN)}) END'
    return value, join


def _currency(bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    known = list_currencies()
    return _by_words(bench, column, lambda word: word.upper() if word.upper() in known else None)


def _choice(bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    meanings = {header_key(name): word for word, names in column.choices.items() for name in (*names, word)}
    return _by_words(bench, column, lambda word: meanings.get(header_key(word)))


def _date(bench: Bench, column: Column, mapped: Mapped, options: ImportOptions) -> tuple[str, str]:
    text, table = f'"t_{column.name}"', f"dates_{column.name}"
    formats.read_dates(bench, "given", text, table)
    order = formats.date_order(bench, "given", text, table, mapped.word(column.name), options.dates)
    return f"coalesce({table}.sure, {table}.{order})", f"LEFT JOIN {table} ON {table}.text = given.{text}"


def _number(bench: Bench, column: Column, mapped: Mapped, options: ImportOptions) -> tuple[str, str]:
    text = f'given."t_{column.name}"'
    sign = formats.decimal_sign(bench, "given", text, mapped.word(column.name), options.numbers)
    value = formats.scaled(formats.plain_number(text, sign), column.decimals)
    if column.kind is Kind.INTEGER:
        value = f"CASE WHEN {value} BETWEEN 1 AND {LAST_INTEGER} THEN {value} END"
    return value, ""


_Conversion = Callable[[Bench, Column, Mapped, ImportOptions], tuple[str, str]]
_CONVERSIONS: dict[Kind, _Conversion] = {
    Kind.IDENTIFIER: _identifier, Kind.SITE: _identifier, Kind.NAME: _name, Kind.COUNTRY: _country, Kind.CURRENCY: _currency,
    Kind.CHOICE: _choice, Kind.DATE: _date, Kind.NUMBER: _number, Kind.INTEGER: _number,
}
_STORED = dict.fromkeys(Kind, "VARCHAR") | {Kind.DATE: "DATE", Kind.NUMBER: "BIGINT", Kind.INTEGER: "BIGINT"}
_WRONG = {
    Kind.COUNTRY: N_("{column}: {value} is no country. Give an ISO code or a name in English, Portuguese or Spanish."),
    Kind.CURRENCY: N_("{column}: {value} is no currency. Give its ISO 4217 code, such as BRL."),
    Kind.CHOICE: N_("{column}: {value} is none of: {choices}."),
    Kind.DATE: N_("{column}: {value} is no date. Write it as 2026-12-31."),
    Kind.NUMBER: N_("{column}: {value} is not a number in this column's form, with at most {decimals} decimals."),
    Kind.INTEGER: N_("{column}: {value} is not a whole number from 1."),
}


def _check_rows(bench: Bench, mapped: Mapped, columns: list[Column]) -> None:
    bench.reject("width IS NOT NULL", N_("The row has {found} cells where the header has {wanted}."), found=Sql("width"), wanted=len(mapped.headers))
    for column in columns:
        if column.required:
            bench.reject(f'"t_{column.name}" IS NULL', N_("{column} is empty."), column=mapped.word(column.name))


def _check_column(bench: Bench, column: Column, word: str) -> None:
    text, value = f'"t_{column.name}"', f'"v_{column.name}"'
    facts = {"column": word, "value": Sql(f"regexp_replace({text}, '{CONTROL}', '?', 'g')")}
    seen = f"""regexp_replace({text}, '[\\t\\r\\n]+', ' ', 'g')""" if column.kind is Kind.NAME else text
    bench.reject(f"regexp_matches({seen}, '{CONTROL}')", N_("{column}: {value} holds a character that cannot be seen."), **facts)
    bench.reject(f"length({text}) > {column.characters}", N_("{column} is longer than {limit} characters."), column=word, limit=column.characters)
    bench.reject(f"regexp_full_match({text}, '{SPREADSHEET_ERROR}')", N_("{column}: {value} is a spreadsheet's error, not a value."), **facts)
    if column.kind in _WRONG:
        wrong = f"{text} IS NOT NULL AND {value} IS NULL"
        bench.reject(wrong, _WRONG[column.kind], **facts, choices=", ".join(column.choices), decimals=column.decimals)
    if column.lenient:
        bench.warn(f"{value} = {literal(countries.UNKNOWN)}", N_("{column}: {value} is no country that is known; loaded as unknown."), **facts)


def number_lines(bench: Bench, within: tuple[str, ...], name: str) -> None:
    """Give the rows without `name` their place among the rows of the same `within`; rejected rows consume numbers."""
    partition = ", ".join(f'"v_{column}"' for column in within)
    placed = f'SELECT line, "t_{name}" AS text, row_number() OVER (PARTITION BY {partition} ORDER BY line) AS place FROM rows WHERE {_whole(within)}'
    bench.run(f"CREATE TABLE places AS SELECT line, place FROM ({placed}) WHERE text IS NULL")
    bench.run(f'UPDATE rows SET "v_{name}" = places.place FROM places WHERE places.line = rows.line')


def reject_duplicates(bench: Bench, dataset: Dataset) -> None:
    """Every row with a key that an earlier row has is rejected, naming the first one's line."""
    key = ", ".join(f'"v_{name}"' for name in dataset.key)
    bench.run(f"CREATE TABLE twice AS SELECT {key}, min(line) AS first FROM rows WHERE {_whole(dataset.key)} GROUP BY ALL HAVING count(*) > 1")
    bench.reject("line > first", N_("The same {key} as on line {first}."), f"rows JOIN twice USING ({key})", key=", ".join(dataset.key), first=Sql("first"))


def _whole(names: tuple[str, ...]) -> str:
    return " AND ".join(f'"v_{name}" IS NOT NULL' for name in names)
