"""The table of a report: formats by the kind of column, a page at a time from the database, a click leads behind a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from pages.parts import chart, download, drawn, explain, filter_bar, frame, session, states, view
from pages.parts.filter_bar import DATE_FORMATS
from pages.parts.text import escape
from pao_core.access.rights import DATA_IMPORT
from pao_core.importing.datasets import DATASETS
from pao_core.locale import _, formats, language, ngettext
from pao_core.locale.words import CLOSED_SETS, LATE_BUCKETS, spoken
from pao_core.money import decimals
from pao_core.report import Column, Result, detail_columns, run

PAGE = 50
ROW = 33
FIT = 15  # rows that a table shows whole
TALL = 452
# How wide the way to few pages is, in pixels: by the width of its content Streamlit 1.67 leaves numbers out.
FEW_PAGES = {2: 172, 3: 244, 4: 244}
AMOUNTS = 3  # currencies that the line of findings names
NUMBERS = ("integer", "quantity", "unit_price", "money", "percent", "rate")
DAYS = ("date", "week")
RATE_PLACES = 6
PERCENT_PLACES = 3  # of a share: one behind the point in per cent
# Closed sets whose words are drawn as chips: the colours of those that a reader must not overlook, and of the rest.
CHIPS = {
    "bucket": ({"overdue": "red", "0-30": "orange", **dict.fromkeys(LATE_BUCKETS, "red")}, "blue"),
    "quote_state": ({"expired": "red", "expiring": "orange", "valid": "green"}, "gray"),
    "coverage_state": ({"covered": "green", "partial": "orange", "lapsed": "red"}, "gray"),
    "entitlement_state": ({"active": "green", "expired": "red", "future": "blue"}, "gray"),
    "audit_outcome": ({"refused": "orange"}, "gray"),
    "waits_for": ({"customer": "orange", "reseller": "red", "nobody": "gray"}, "blue"),
    "element_state": ({"answered": "green", "missing": "red"}, "gray"),
    "end_choice": ({"grow": "red", "keep": "green", "unknown": "gray"}, "orange"),
    "fulfillment_status": ({"active": "green", "suspended": "red", "awaiting_form": "orange", "expired": "gray"}, "blue"),
    "user_status": ({"active": "green", "suspended": "gray"}, "blue"),
    "request_state": ({"granted": "green", "denied": "red"}, "orange"),
    "timeline_kind": ({"lapsed": "red", "coverage_ended": "orange", "renewed": "green", "step_done": "green", "note": "gray"}, "blue"),
}
WIDTHS = {"part_description": 260, "description": 300, "product_name": 260}
Row = Mapping[str, Any]


def report_table(report: ModuleType, *, form: str, by: str | None, key: str, sort: str | None = None, on_click: Callable[[Row], None] | None = None,
                 first: Sequence[str] = (), totals: bool = True, bars: Mapping[str, str] | None = None, empty: str | None = None,
                 without: Sequence[str] = ()) -> Result | None:
    """Run a report and draw its rows `without` some columns; None when there are none, which `empty` says if that is not the filters'
    doing. `on_click` is called with the row that was clicked; a report that only lists rows has no `totals`; `bars` are those of `table`."""
    scene = session.scene()
    at = f"{key}_{form}_{by}_{sort}_{hash(scene.filters)}"
    number: int = st.session_state.get(f"page_{at}", 1)
    result = run(report, scene.viewer, scene.filters, today=scene.today, form=form, by=by, sort=sort, limit=PAGE, offset=(number - 1) * PAGE,
                 totals=totals)
    if not result.rows and number > 1:
        st.session_state[f"page_{at}"] = 1
        st.rerun()
    if not result.rows:
        if empty is None:
            nothing(scene, getattr(report, "NEEDS", ()))
        else:
            st.caption(escape(empty))
        return None
    shown = (column for column in result.columns if column.name not in without)
    columns = sorted(shown, key=lambda column: first.index(column.name) if column.name in first else len(first))
    drawn.page().tables.append(drawn.Asked(report, scene.filters, form, by, sort, tuple(column.name for column in columns)))
    row = _drawn(columns, result.rows, f"{at}_{number}", _(report.TITLE), on_click is not None, None, bars)
    pages(result.count, number, f"page_{at}")
    if row is not None and on_click is not None:
        on_click(row)
    return result


def listing(report: ModuleType, *, empty: str, on_click: Callable[[Row], None] | None = None, first: Sequence[str] = (),
            bars: Mapping[str, str] | None = None, again: int = 0, without: Sequence[str] = ()) -> None:
    """The detail rows of a report as one part of a page: heading with their number, downloads and definition beside it, the rows `without`
    columns that say the same in each. Another `again` forgets what was selected."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        head = st.container(width="content")
        actions = st.container(horizontal=True, gap="xsmall", width="content")
    with st.skeleton(height=TALL):
        result = report_table(report, form="detail", by=None, key=f"{report.NAME}_{again}", on_click=on_click, first=first, totals=False, bars=bars,
                              empty=empty, without=without)
    with head:
        counted = ngettext("{count} row", "{count} rows", result.count, count=formats.number(result.count)) if result else ""
        chart.heading(escape(_(report.TITLE)), escape(counted))
    if result:
        with actions:
            download.downloads(report, result, key=report.NAME, first=first)
            explain.definition(report, result)


def section(report: ModuleType, ways: Mapping[str, str], *, says: Callable[[Result], str],
            on_click: Callable[[str, Row], None], first: Sequence[str] = (), form: str = "summary", again: int = 0) -> None:
    """The rows of a report: summary by one of `ways` or detail, sorted as asked; then the title above with the age of what
    was read, the downloads and the definition. `says` tells how many of what the filters find; `first` names the columns
    that lead a detail row on screen; `on_click` gets the summary's grouping (or "") and the row; `form` is the one that is
    shown first; another `again` forgets what was selected."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        form = view.choice("form", {"summary": _("Summary"), "detail": _("Detail")}, label=_("Summary or detail"), default=form)
        by = view.choice("by", {way: _(text) for way, text in ways.items()}, label=_("Summed by"), as_list=True) if form == "summary" else ""
        sort = _sort(report, form, by)
    result = None
    with states.told():
        result = report_table(report, form=form, by=by or None, sort=sort, key=f"{report.NAME}_{again}", on_click=lambda row: on_click(by, row),
                              first=first if form == "detail" else ())
        if result is not None:
            said(says(result), result.totals, explain.of_totals(report, session.scene().filters, result.totals))
    with frame.header(_(report.TITLE), explain.freshness()):
        if result is not None:
            download.downloads(report, result, key=report.NAME, first=first)
        explain.definition(report, result)


def _sort(report: ModuleType, form: str, by: str) -> str | None:
    """The reader's order, "-" for falling; None is the report's own."""
    scene, names = session.scene(), (by, "currency", *report.MEASURES)
    columns = ([column for column in report.COLUMNS if column.name in names] if form == "summary"
               else detail_columns(report, scene.viewer, scene.filters, scene.today))
    texts = {column.name: _(column.text) for column in columns}
    offered = {"": _("Usual order")}
    for name, text in texts.items():
        offered |= {name: f"{text} ↑", f"-{name}": f"{text} ↓"}
    chosen = view.choice(f"sort-{form}", offered, label=_("Order of the rows"), as_list=True)
    # On screen the months of a report whose lines come newest first do so too.
    return chosen or ("-month" if by == "month" and report.SORTS["detail"].startswith("-") else None)


def nothing(scene: session.Scene, needs: Sequence[str] = ()) -> None:
    """No row matches: say whether that is the filters' doing, or which datasets the page `needs`, and offer what helps."""
    if scene.filters.but(in_currency=None) == filter_bar.NONE:
        needed = [_(DATASETS[name].title) for name in needs]
        told = ngettext("Rows appear here as soon as this file has been imported: {files}.",
                        "Rows appear here as soon as these files have been imported: {files}.", len(needed), files=", ".join(needed)) if needed \
            else _("Rows appear here as soon as a file with them has been imported.")
        may_import = scene.viewer.may(DATA_IMPORT)
        with states.empty(_("No rows yet"), told if may_import else f"{told} {_('Ask the primary contact of your site to import it.')}", "inbox"):
            if may_import:
                st.page_link("pages/settings/data.py", label=_("Import a file"), icon=":material/upload_file:")
    else:
        with states.empty(_("No row matches these filters"), _("Widen a filter, or clear them all."), "filter_alt_off"):
            st.button(_("Clear filters"), icon=":material/close:", on_click=filter_bar.reset, key="empty_reset")


def pages(count: int, number: int, key: str) -> None:
    """Which rows of how many are shown, and the way to others: the page's number is in the session's state under `key`."""
    if count <= PAGE:
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        first, last = (number - 1) * PAGE + 1, min(number * PAGE, count)
        st.caption(_("{first} - {last} of {count}", first=formats.number(first), last=formats.number(last), count=formats.number(count)),
                   width="content")
        of = -(-count // PAGE)
        st.pagination(of, key=key, width=FEW_PAGES.get(of, "content"))


def table(columns: Sequence[Column], rows: Sequence[Row], *, key: str, alt: str, clickable: bool = False,
          widths: Mapping[str, int] | None = None, bars: Mapping[str, str] | None = None) -> Row | None:
    """Draw rows; gives the row that was clicked. A currency that all rows share stands in the headers instead of in a column.
    `widths` are those of columns of text, in pixels; `bars` are columns of shares drawn as bars, with their colours."""
    drawn.page().tables.append(drawn.Listed(alt, columns, rows))
    return _drawn(columns, rows, key, alt, clickable, widths, bars)


def _drawn(columns: Sequence[Column], rows: Sequence[Row], key: str, alt: str, clickable: bool, widths: Mapping[str, int] | None,
           bars: Mapping[str, str] | None) -> Row | None:
    shared = {name: _shared(name, rows) for name in {column.currency for column in columns}}
    shown = [column for column in columns if not shared.get(column.name)]
    frame = pd.DataFrame({column.name: _cells(column, rows, column.name in (bars or {})) for column in shown})
    event = st.dataframe(
        frame, hide_index=True, row_height=ROW, height="content" if len(rows) <= FIT else TALL, placeholder="–", key=key, alt=alt,
        column_config={column.name: _config(column, rows, shared[column.currency], (widths or {}).get(column.name), (bars or {}).get(column.name))
                       for column in shown},
        **({"selection_mode": "single-cell", "on_select": "rerun"} if clickable else {}),
    )
    cells = event.selection.cells if clickable else []
    return rows[cells[0][0]] if cells else None


def _shared(name: str, rows: Sequence[Row]) -> str | None:
    """The currency that all rows have in this column, None when there are several."""
    currencies = {row.get(name) for row in rows} - {None}
    return currencies.pop() if len(currencies) == 1 else None


def _cells(column: Column, rows: Sequence[Row], as_bar: bool) -> list[Any]:
    values = [row.get(column.name) for row in rows]
    if as_bar:
        return [None if value is None else _whole_percent(value) for value in values]
    if column.kind == "email":
        return [None if value is None else f"mailto:{quote(value, safe='@')}" for value in values]
    if column.kind == "percent":  # the grid would cut what figures round
        return [None if value is None else float(round(value, PERCENT_PLACES)) for value in values]
    if column.kind in NUMBERS:
        return [float(value) if isinstance(value, Decimal) else value for value in values]
    if column.kind in DAYS:
        return values
    if column.kind == "month":
        return [None if value is None else date.fromisoformat(f"{value}-01") for value in values]
    if column.kind in CHIPS:
        return [None if value is None else [spoken(column.name, column.kind, value)] for value in values]
    return [None if value is None else spoken(column.name, column.kind, value) for value in values]


def _whole_percent(share: Decimal) -> float:
    """A share as a bar writes it: whole per cent, and 100 % for neither less nor more than all."""
    return float(share.quantize(Decimal("0.01"), ROUND_FLOOR if share < 1 else ROUND_CEILING))


def _config(column: Column, rows: Sequence[Row], currency: str | None, width: int | None, bar: str | None) -> Any:
    label, told = _(column.text), _(column.help) if column.help else None
    if bar:
        return st.column_config.ProgressColumn(label, format="percent", min_value=0, max_value=1, step=0.01, color=bar, help=told, width=width)
    if column.kind == "email":
        return st.column_config.LinkColumn(label, display_text="^mailto:(.*)$", help=told, width=width)
    if column.kind == "percent":
        return st.column_config.NumberColumn(label, format="percent", step=10.0 ** -PERCENT_PLACES, help=told)
    if column.kind in NUMBERS:
        unit = f"{label} ({formats.currency_symbol(currency)})" if currency and column.kind in ("money", "unit_price") else label
        return st.column_config.NumberColumn(unit, format="localized", step=10.0 ** -_places(column, rows), help=told)
    if column.kind in DAYS:
        return st.column_config.DateColumn(label, format="DD MMM YYYY" if language() in DATE_FORMATS else "DD/MM/YYYY", help=told)
    if column.kind == "month":
        return st.column_config.DateColumn(label, format="MM/YYYY", help=told)
    if column.kind in CHIPS:
        colours, other = CHIPS[column.kind]
        names = {spoken(column.name, column.kind, value): colours.get(value, other) for value in CLOSED_SETS[column.kind]}
        return st.column_config.MultiselectColumn(label, options=list(names), color=list(names.values()), help=told)
    return st.column_config.TextColumn(label, help=told, width=width or WIDTHS.get(column.name))


def _places(column: Column, rows: Sequence[Row]) -> int:
    """As many decimals as the currency has, or as any value of the column needs."""
    if column.kind == "integer":
        return 0
    if column.kind == "money":
        return max((decimals(row[column.currency]) for row in rows if row.get(column.currency)), default=2)
    if column.kind == "rate":
        return RATE_PLACES
    least = 2 if column.kind == "unit_price" else 0
    values = [row[column.name].normalize() for row in rows if isinstance(row.get(column.name), Decimal)]
    return max([least, *(-value.as_tuple().exponent for value in values if isinstance(value.as_tuple().exponent, int))])


def said(words: str, totals: Sequence[Row] = (), numbers: Sequence[explain.Number] = ()) -> None:
    """What the filters find, in the frame's line: how many, and their value in each currency; `numbers` are those that can be explained."""
    counted = re.sub(r"\d+", lambda number: f"**{formats.number(int(number[0]))}**", escape(words), count=1)
    priced = [total for total in totals if total.get("currency") and "amount" in total]
    priced.sort(key=lambda total: (-total["lines"], total["currency"]))
    amounts = [f"**{escape(formats.money(total['amount'], total['currency']))}**" for total in priced[:AMOUNTS]]
    if len(priced) > AMOUNTS:
        amounts.append(escape(ngettext("{count} more currency", "{count} more currencies", len(priced) - AMOUNTS)))
    with session.scene().count, st.container(horizontal=True, gap="xsmall", vertical_alignment="center", width="content"):
        st.markdown(" · ".join([counted, *amounts]), width="content")
        explain.opener(numbers, key="totals", label=_("Explain"))
