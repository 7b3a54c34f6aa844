"""Write docs/definitions.md, what every report counts and how, from the reports themselves: `make definitions`.

With `--print` it prints the text instead: the tests hold the file against it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from pao_core import catalogue
from pao_core.customers import customer, notes, timeline
from pao_core.explain import USUAL, Formula
from pao_core.filters import LABELS, SETS
from pao_core.importing.datasets import DATASETS
from pao_core.locale.words import CLOSED_SETS
from pao_core.report import Column, page_of

sys.path.insert(0, str(Path(__file__).parent))
from permissions import menu, reports

FILE = Path(__file__).with_suffix(".md")
HEAD = """# What every report counts

Made by `make definitions` from the reports; the tests hold it up to date. On a page the same definition is one click away, and
*Explain* says how a total comes about, filter by filter.

Every report has a summary and a detail form, and is had from the command line under its own name with the same filters:

```
python -m pao_core report NAME --as EMAIL [--summary|--detail] [--by WORD] [--sort COLUMN|-COLUMN] [--format table|json|csv|xlsx|pdf]
```

It shows the rows of the reader's own reseller sites, and those that were sold through them. A repeated filter is *or*, different filters are
*and*. Dates are inclusive at both ends. Amounts of different currencies are never added. The key columns always end the order; rows without a value
come last.
"""
KINDS = {
    "text": "text", "code": "code", "integer": "whole number", "quantity": "quantity", "unit_price": "price, six decimals", "money": "amount",
    "percent": "share", "rate": "exchange rate", "date": "date", "month": "month", "week": "week, its Monday", "bucket": "days, in buckets",
    "country": "country", "email": "e-mail",
}
HOW = {"sum": "the sum of {of} over the rows", "rows": "how many rows there are", "distinct": "how many different values of {of} there are",
       "ratio": "the sum of {of}, the first divided by the second"}
MANY = 12  # words of a closed set that are named


def written() -> str:
    """The text of docs/definitions.md."""
    entries = {entry.address: (section, entry) for section, of_section in menu().items() for entry in of_section}
    told = [_report(report, entries[page_of(report)]) for report in catalogue.REPORTS.values()]
    parts = [HEAD, _contents(), *told, _of_customer(), _columns()]
    return "\n".join(parts) + "\n"


def _contents() -> str:
    """The reports by name, each with the way to its own part."""
    return "".join(f"- [{report.TITLE}](#{_anchor(report)}): `{report.NAME}`\n" for report in catalogue.REPORTS.values())


def _anchor(report: ModuleType) -> str:
    return f"{report.TITLE} {report.NAME}".lower().replace(" ", "-")


def _report(report: ModuleType, place: tuple[str, Any]) -> str:
    section, entry = place
    lines = [f"## {report.TITLE} `{report.NAME}`\n", *(f"{line}\n" for line in report.DEFINITION.split("\n"))]
    told = {
        "Page": f"{section} > {entry.title}, `/{entry.address}`", "Right": report.RIGHT.replace("_", " "),
        "Data that it needs": ", ".join(DATASETS[name].title for name in getattr(report, "NEEDS", ())),
        "Summed by": _names(report.BY), "Filters of the page": _names(entry.filters), "Key": _names(report.KEYS),
        "Usual order": _order(report),
    }
    lines.append("".join(f"- {name}: {text}\n" for name, text in told.items() if text))
    columns = {column.name: column for column in report.COLUMNS}
    counts = (f"- {columns[name].text} `{name}`: {_formula(report, name, columns)}\n" for name in report.MEASURES)
    lines.append("".join(["**What a summary counts**\n\n", *counts]))
    lines.append(f"**Columns**, told [below](#columns): {_names(column.name for column in report.COLUMNS)}\n")
    return "\n".join(lines)


def _columns() -> str:
    """Every column of every report once; one that means another thing elsewhere again, with where that is."""
    where: dict[tuple[str, str, str, str], list[str]] = {}
    for report in catalogue.REPORTS.values():
        for column in report.COLUMNS:
            where.setdefault((column.name, column.text, _kind(column), column.help), []).append(f"`{report.NAME}`")
    usual: dict[str, int] = {}
    for (name, *_told), of in where.items():
        usual[name] = max(usual.get(name, 0), len(of))
    rows = [[f"`{name}`", text, kind, told if len(of) == usual[name] else f"{told} (in {', '.join(of)})".strip()]
            for (name, text, kind, told), of in sorted(where.items())]
    return "## Columns\n\n" + _table(["in the file", "column", "holds", "meaning"], rows)


def _order(report: ModuleType) -> str:
    """The usual orders, in words and as the option takes them."""
    return ", ".join(f"{form} `{sort}`" for form, sort in report.SORTS.items())


def _formula(report: ModuleType, measure: str, columns: dict[str, Column]) -> str:
    """How a measure follows from the rows."""
    formula: Formula = getattr(report, "FORMULAS", {}).get(measure) or USUAL.get(measure) or Formula()
    of = [columns[name].text.lower() if name in columns else name.replace("_", " ") for name in formula.of or (measure,)]
    told = HOW[formula.how].format(of=" and ".join(dict.fromkeys(of)))
    if formula.where_words:
        told += f", of those where {formula.where_words}" if formula.how != "rows" else f" where {formula.where_words}"
    return f"{told}. {formula.again}".strip() if formula.again else told


def _kind(column: Column) -> str:
    if column.kind in KINDS:
        return KINDS[column.kind]
    words = CLOSED_SETS.get(column.kind, {})
    return "one of: " + ", ".join(words.values()) if 0 < len(words) <= MANY else "one of a closed set" if words else column.kind.replace("_", " ")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _of_customer() -> str:
    """What the customer page tells beside the reports: its own definition, and those of the lists in its tabs."""
    lists = [report for report in reports() if report.NAME not in catalogue.REPORTS and report.__name__.startswith("pao_core.customers.")]
    lines = [f"## The page of one customer `/customer`\n\n{customer.DEFINITION}\n"]
    lines += [f"### Notes\n\n{notes.DEFINITION}\n", f"### Timeline\n\n{timeline.DEFINITION}\n"]
    lines += [f"### {report.TITLE}\n\n{report.DEFINITION}\n" for report in lists]
    return "\n".join([*lines, _filters()])


def _filters() -> str:
    """Every filter by its name in the address and on the command line."""
    rows = [[text, f"`--{key}`", _values(key)] for key, text in LABELS.items()]
    return "## Filters\n\n" + _table(["filter", "option, and key in the address", "takes"], rows)


def _values(key: str) -> str:
    if key in SETS:
        known = SETS[key][0]
        return _names(known) if len(known) <= MANY else "a code such as " + _names(known[:3])
    shapes = {"anniversary-month": "1 to 12", "anniversary-from": "month and day, `MM-DD`", "anniversary-to": "month and day, `MM-DD`",
              "from": "a date, `YYYY-MM-DD`", "to": "a date, `YYYY-MM-DD`", "edition": "a date, `YYYY-MM-DD`", "window": "a number of days",
              "customer": "a part of the name, whatever case and accents", "account-manager": "an e-mail"}
    return shapes.get(key, "a code")


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the file, or print the text."""
    if "--print" in sys.argv:
        sys.stdout.write(written())
    else:
        FILE.write_text(written())


if __name__ == "__main__":
    main()
