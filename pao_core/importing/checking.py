"""Conversion and checks by column: the table `rows` of typed values, and what is wrong with them.

Python sees distinct words of closed sets, never rows.
"""

from __future__ import annotations

from collections.abc import Callable

from babel.numbers import list_currencies

from pao_core import countries
from pao_core.export.formulas import NEUTRALISED
from pao_core.importing import formats
from pao_core.importing.bench import Bench, Sql, literal
from pao_core.importing.columns import Column, Dataset, Kind
from pao_core.importing.mapping import Mapped
from pao_core.importing.options import ImportOptions
from pao_core.locale import N_
from pao_core.store.types import name_key

# Control characters, marks that turn the direction of text, and letters without width: none is part of a name.
CONTROL = r"[\x00-\x1f\x7f-\x9f\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{fff9}-\x{fffb}]"
BLANK = " \t\r\n"
SPREADSHEET_ERROR = r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)"
# A hostile file can have millions of distinct words where a closed set has ten.
MOST_WORDS = 100_000
LAST_INTEGER = 2**31 - 1
# The codes of ISO 4217, present and past: a book of orders reaches back before the euro of some countries.
CURRENCIES = frozenset(list_currencies())
YES = frozenset(["yes", "y", "true", "t", "1", "x", "sim", "s", "verdadeiro", "v", "si", "verdadero"])
NO = frozenset(["no", "n", "false", "f", "0", "nao", "falso"])


def convert(bench: Bench, mapped: Mapped, options: ImportOptions, numbered_within: tuple[str, ...] = ()) -> None:
    """Make `given` and `rows` from `raw` and reject what cannot be converted; lines without a number get their place among the
    rows of the same `numbered_within`. Raises Ambiguous for a column that must be asked for."""
    columns = mapped.dataset.columns
    texts = ", ".join(f'{_text(bench, column, mapped)} AS "t_{column.name}"' for column in columns)
    bench.run(f"CREATE VIEW given AS SELECT line, width, {texts} FROM raw")
    filled = _check_texts(bench, mapped)
    values: dict[str, str] = {}
    joins = []
    for column in columns:
        value, join = _CONVERSIONS[column.kind](bench, column, mapped, options) if filled[column.name] else (_NOTHING[column.kind], "")
        values[column.name] = value
        joins.append(join)
    number = next((column.name for column in columns if column.kind is Kind.INTEGER and column.key), None)
    if number and numbered_within and filled[number] < bench.count("raw"):
        values[number], join = _numbered(bench, values, numbered_within, number)
        joins.append(join)
    selected = ", ".join(f'{value} AS "v_{name}"' for name, value in values.items())
    bench.keep_rows(f"SELECT given.line, {selected} FROM given {' '.join(joins)}")
    _check_values(bench, mapped, filled)


def _numbered(bench: Bench, values: dict[str, str], within: tuple[str, ...], name: str) -> tuple[str, str]:
    """The value and the join that number lines by occurrence: rejected rows consume numbers, so a mended one fits in again."""
    empty = f'"t_{name}" IS NULL'
    partition = ", ".join(f'"w_{column}"' for column in within)
    named = ", ".join(f'{values[column]} AS "w_{column}"' for column in within)
    whole = " AND ".join(f'"w_{column}" IS NOT NULL' for column in within)
    bench.run(
        f"CREATE TABLE places AS SELECT line, place FROM (SELECT line, {empty} AS empty, row_number() OVER (PARTITION BY {partition} ORDER BY line) "
        f"AS place FROM (SELECT *, {named} FROM given) WHERE {whole}) WHERE empty"
    )
    return f"CASE WHEN {empty} THEN places.place ELSE {values[name]} END", "LEFT JOIN places ON places.line = given.line"


def _text(bench: Bench, column: Column, mapped: Mapped) -> str:
    """SQL: the column's text for a row: the value for every row, else the cell, else the default; null when empty."""
    if column.name in mapped.fixed:
        return f"CAST({literal(mapped.fixed[column.name].strip() or None)} AS VARCHAR)"
    default = literal(mapped.defaults.get(column.name, "").strip() or None)
    if column.name not in mapped.columns:
        return f"CAST({default} AS VARCHAR)"
    cell = f"c{mapped.columns[column.name]}"
    # An apostrophe before a sign is how exports keep a spreadsheet from taking text for a formula.
    restored = cell
    for changed, original in NEUTRALISED:
        restored = f"regexp_replace({restored}, {literal(changed)}, '{original}', 'g')"
    cell = f"CASE WHEN contains({cell}, '''') THEN trim({restored}, {literal(BLANK)}) ELSE {cell} END"
    if column.kind in (Kind.IDENTIFIER, Kind.SITE) and _all_end_in_zero(bench, cell):
        cell = f"regexp_replace({cell}, '\\.0$', '')"
    text = f"nullif({cell}, '')"
    return text if default == "NULL" else f"coalesce({text}, {default})"


def _all_end_in_zero(bench: Bench, cell: str) -> bool:
    """Numbers that a spreadsheet or a data frame made of identifiers: every value is `17850.0`."""
    found = bench.all(f"SELECT regexp_full_match({cell}, '[0-9]+\\.0') FROM raw WHERE {cell} <> '' LIMIT 1")
    other = f"SELECT 1 FROM raw WHERE {cell} <> '' AND NOT regexp_full_match({cell}, '[0-9]+\\.0') LIMIT 1"
    return bool(found and found[0][0] and not bench.all(other))


# -- a kind of column -> the SQL of its value and the join that it needs ----------------------------------------------
def _identifier(_bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    text = f'"t_{column.name}"'
    if column.kind is Kind.IDENTIFIER:
        return f"nfc_normalize({text})", ""
    bare = f"coalesce(nullif(ltrim({text}, '0'), ''), '0')"
    return f"CASE WHEN regexp_full_match({text}, '[0-9]+') THEN {bare} ELSE nfc_normalize({text}) END", ""


def _name(_bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    return f"""nfc_normalize(regexp_replace("t_{column.name}", '[\\t\\r\\n]+', ' ', 'g'))""", ""


def _email(_bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    return f'email_key("t_{column.name}")', ""


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
    return _by_words(bench, column, lambda word: word.upper() if word.upper() in CURRENCIES else None)


def _choice(bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    meanings = {name_key(name): word for word, names in column.choices.items() for name in (*names, word)}
    return _by_words(bench, column, lambda word: meanings.get(name_key(word)))


def _boolean(bench: Bench, column: Column, _mapped: Mapped, _options: ImportOptions) -> tuple[str, str]:
    meanings = dict.fromkeys(YES, "true") | dict.fromkeys(NO, "false")
    value, join = _by_words(bench, column, lambda word: meanings.get(name_key(word)))
    return f"CAST({value} AS BOOLEAN)", join


def _date(bench: Bench, column: Column, mapped: Mapped, options: ImportOptions) -> tuple[str, str]:
    text, table = f'"t_{column.name}"', f"dates_{column.name}"
    formats.read_dates(bench, "given", text, table)
    order = formats.date_order(bench, "given", text, table, mapped.word(column.name), options.dates)
    return f"coalesce({table}.sure, {table}.{order})", f"LEFT JOIN {table} ON {table}.text = given.{text}"


def _number(bench: Bench, column: Column, mapped: Mapped, options: ImportOptions) -> tuple[str, str]:
    text = f'given."t_{column.name}"'
    sign = formats.decimal_sign(bench, "given", text, mapped.word(column.name), options.numbers)
    value = formats.scaled(text, sign, column.decimals)
    if column.kind is Kind.INTEGER:
        value = f"CASE WHEN {value} BETWEEN 1 AND {LAST_INTEGER} THEN {value} END"
    return value, ""


_Conversion = Callable[[Bench, Column, Mapped, ImportOptions], tuple[str, str]]
_CONVERSIONS: dict[Kind, _Conversion] = {
    Kind.IDENTIFIER: _identifier, Kind.SITE: _identifier, Kind.NAME: _name, Kind.EMAIL: _email, Kind.COUNTRY: _country,
    Kind.CURRENCY: _currency, Kind.CHOICE: _choice, Kind.BOOLEAN: _boolean, Kind.DATE: _date, Kind.NUMBER: _number, Kind.INTEGER: _number,
}
_NOTHING = dict.fromkeys(Kind, "CAST(NULL AS VARCHAR)") | {
    Kind.BOOLEAN: "CAST(NULL AS BOOLEAN)", Kind.DATE: "CAST(NULL AS DATE)", Kind.NUMBER: "CAST(NULL AS BIGINT)",
    Kind.INTEGER: "CAST(NULL AS BIGINT)",
}
_WRONG = {
    Kind.EMAIL: N_("{column}: {value} is not an e-mail address. Write it as name@example.com."),
    Kind.COUNTRY: N_("{column}: {value} is no country. Give an ISO code or a name in English, Portuguese or Spanish."),
    Kind.CURRENCY: N_("{column}: {value} is not a currency. Give its ISO 4217 code, such as BRL."),
    Kind.CHOICE: N_("{column}: {value} is none of: {choices}."),
    Kind.BOOLEAN: N_("{column}: {value} is neither yes nor no."),
    Kind.DATE: N_("{column}: {value} is no date. Write it as 2026-12-31."),
    Kind.NUMBER: N_("{column}: {value} is not a number in this column's form, with at most {decimals} decimals."),
    Kind.INTEGER: N_("{column}: {value} is not a whole number from 1."),
}


def _text_rules(column: Column, word: str) -> list[tuple[str, str, dict[str, object]]]:
    """(condition on the text, sentence, facts) of what no text may be."""
    text = f'"t_{column.name}"'
    facts: dict[str, object] = {"column": word, "value": Sql(f"regexp_replace({text}, '{CONTROL}', '?', 'g')"), "limit": column.characters}
    # A cell of a name may have line breaks: they become spaces.
    seen = f"translate({text}, chr(9) || chr(10) || chr(13), '   ')" if column.kind is Kind.NAME else text
    rules = [
        (f"regexp_matches({seen}, '{CONTROL}')", N_("{column}: {value} holds a character that cannot be seen."), facts),
        (f"length({text}) > {column.characters}", N_("{column} is longer than {limit} characters."), facts),
        (f"regexp_full_match({text}, '{SPREADSHEET_ERROR}')", N_("{column}: {value} is a spreadsheet's error, not a value."), facts),
    ]
    return [(f"{text} IS NULL", N_("{column} is empty."), facts), *rules] if column.required else rules


def _check_texts(bench: Bench, mapped: Mapped) -> dict[str, int]:
    """Reject by the texts; gives how many rows have one, by column. One scan finds which rules have anything to say."""
    bench.reject("width IS NOT NULL", N_("The row has {found} cells where the header has {wanted}."), "raw",
                 found=Sql("width"), wanted=len(mapped.headers))
    columns = mapped.dataset.columns
    rules = [rule for column in columns if column.name in mapped.given for rule in _text_rules(column, mapped.word(column.name))]
    counts = [f'count("t_{column.name}")' for column in columns] + [f"count(*) FILTER ({where})" for where, *_rest in rules]
    found = bench.all(f"SELECT {', '.join(counts)} FROM given")[0]
    for (where, template, facts), wrong in zip(rules, found[len(columns):], strict=True):
        if wrong:
            bench.reject(where, template, "given", **facts)
    return {column.name: filled for column, filled in zip(columns, found, strict=False)}


def _check_values(bench: Bench, mapped: Mapped, filled: dict[str, int]) -> None:
    """Reject the texts that could not be converted."""
    columns = [column for column in mapped.dataset.columns if column.kind in _WRONG and filled[column.name]]
    if not columns:
        return
    found = bench.all(f"""SELECT {', '.join(f'count("v_{column.name}")' for column in columns)} FROM rows""")[0]
    for column, converted in zip(columns, found, strict=True):
        text, value = f'"t_{column.name}"', f'"v_{column.name}"'
        facts = {"column": mapped.word(column.name), "value": Sql(f"regexp_replace({text}, '{CONTROL}', '?', 'g')")}
        if converted < filled[column.name]:
            bench.reject(f"{text} IS NOT NULL AND {value} IS NULL", _WRONG[column.kind], "given JOIN rows USING (line)", **facts,
                         choices=", ".join(column.choices), decimals=column.decimals)
        if column.lenient:
            bench.warn(f"{value} = {literal(countries.UNKNOWN)}", N_("{column}: {value} is no country that is known; loaded as unknown."),
                       "given JOIN rows USING (line)", **facts)


def reject_duplicates(bench: Bench, dataset: Dataset) -> None:
    """Every row with a key that an earlier row has is rejected, naming the first one's line."""
    key = ", ".join(f'"v_{name}"' for name in dataset.key)
    bench.run(f"CREATE TABLE twice AS SELECT {key}, min(line) AS first FROM rows WHERE {_whole(dataset.key)} GROUP BY ALL HAVING count(*) > 1")
    bench.reject("line > first", N_("Repeats {key} of line {first}."), f"rows JOIN twice USING ({key})",
                 key=", ".join(dataset.key), first=Sql("first"))


def _whole(names: tuple[str, ...]) -> str:
    return " AND ".join(f'"v_{name}" IS NOT NULL' for name in names)
