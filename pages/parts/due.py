"""What falls due, drawn above the lines of a renewals report: tiles, bars by bucket, columns by week or month, bars by country and group.

A click on a bar narrows the page to the lines behind it; a second click undoes that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import streamlit as st

from pages.parts import chart, explain, money, renewal_line, session, table, tiles, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.filters import Filters
from pao_core.locale import N_, _, formats, ngettext, words
from pao_core.renewals import buckets, figures
from pao_core.renewals.figures import Figure
from pao_core.report import run, totals_of

STEPS = {"week": N_("Week"), "month": N_("Month")}
WAYS = {
    "bucket": N_("Days to the due date"), "month": N_("Month"), "week": N_("Week"), "due_date": N_("Due date"), "customer": N_("Customer"),
    "agreement": N_("Agreement number"), "site": N_("Site number"), "quote": N_("Quote number"), "country": N_("Country/region"),
    "product_group": N_("Product group"), "quote_state": N_("State of the quote"),
}
FIRST = ("bucket", "due_date", "days_to_due", "customer_name", "country", "agreement_number", "part_description", "quantity", "currency", "amount",
         "amount_in", "price_change", "quote_state", "quote_number", "site_name", "part_number")
RANKED = {"country": N_("By country"), "product_group": N_("By product group")}
MOST_RANKED = {"country": 3, "product_group": 5}  # a currency has few countries
HEIGHT = 270  # of the columns, beside seven bars


@dataclass(frozen=True)
class Due:
    """A report's open lines in one currency, summed by bucket, week or month and state of the quote, whatever days and quotes the
    filters ask for."""

    report: ModuleType
    scene: session.Scene
    currency: str
    step: str
    rows: Sequence[dict[str, Any]]

    def figure(self, due: Sequence[str] = (), quote_state: Sequence[str] = ()) -> Figure:
        """Lines and amount in these buckets and states of the quote."""
        return figures.figure(self.rows, self.scene.filters, due, quote_state)

    def amounts(self, by: str) -> list[dict[str, Any]]:
        """The amount for each value of `by`, of the lines that all filters leave."""
        return run(self.report, self.scene.viewer, self.scene.filters, today=self.scene.today, by=by, measures=("amount",), sort="-amount",
                   totals=False, currency=self.currency).rows

    def key(self, name: str) -> str:
        """The key of a chart: another for other filters, so that no click is taken for one on what is drawn now."""
        return f"{name}_{self.step}_{self.currency}_{hash(self.scene.filters)}"

    def narrow(self, stood_for: Filters, *fields: str) -> None:
        """Show the lines behind a bar, or take that back."""
        view.narrow(figures.clicked(self.scene.filters, stood_for, *fields))

    def narrow_to_column(self, columns: Sequence[dict[str, Any]], key: str) -> None:
        """Show the lines of a column, or take that back."""
        stood_for = figures.of_column(self.scene.filters, columns, self.step, key, self.scene.today)
        self.narrow(stood_for, *(("due",) if key in figures.OVERDUE else ("from_", "to")))


def due(report: ModuleType, step: str | None = None) -> Due | None:
    """What the page draws, by this step or the one that the reader chose; None when no line is open. Lets the reader choose among several
    currencies."""
    scene = session.scene()
    totals = totals_of(report, scene.viewer, figures.whole(scene.filters), scene.today)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        currency = money.chosen(totals)
        others = len(money.currencies(totals)) - 1
        if others > 0:
            st.caption(escape(ngettext("Amounts in {count} other currency are not in figures and charts",
                                       "Amounts in {count} other currencies are not in figures and charts", others)))
    if currency is None:
        return None
    step = step or view.peek("step")
    step = step if step in STEPS else "week"
    rows = figures.spread(report, scene.viewer, scene.filters, currency, scene.today, step)
    return Due(report, scene, currency, step, rows)


def figures_of(found: Due, shown: Sequence[tuple[str, str, str, Figure]]) -> None:
    """Tiles of figures (icon, colour, label, figure), each with the way to narrow the page to it, or back; none where that changes nothing."""
    held, whole = found.scene.filters, figures.whole(found.scene.filters)

    def tile(icon: str, colour: str, label: str, figure: Figure) -> tiles.Tile:
        lines = ngettext("{count} line", "{count} lines", figure.lines, count=formats.number(figure.lines))
        leads_to = whole if held == figure.filters else figure.filters
        return tiles.Tile(icon, label, formats.compact_money(figure.amount, found.currency), lines, "",
                          _("Show all") if leads_to == whole else _("Show"), colour, filters=leads_to if leads_to != held else None,
                          numbers=[explain.Number(found.report, "amount", found.currency, figure.filters)])

    tiles.row([tile(*one) for one in shown])


def everything(found: Due) -> tuple[str, str, str, Figure]:
    """The tile of all lines."""
    return "event_repeat", "blue", _("In the window"), found.figure()


def overdue(found: Due) -> tuple[str, str, str, Figure]:
    """The tile of what is late."""
    return "error", "red", _("Overdue"), found.figure(due=figures.OVERDUE)


def soon(found: Due) -> tuple[str, str, str, Figure]:
    """The tile of what falls due in 30 days."""
    return "schedule", "orange", _("Due in 30 days"), found.figure(due=figures.SOON)


def near(found: Due) -> tuple[str, str, str, Figure]:
    """The tile of what falls due in 90 days."""
    return "calendar_month", "blue", _("Due in 90 days"), found.figure(due=figures.NEAR)


def expiring(found: Due) -> tuple[str, str, str, Figure]:
    """The tile of lines whose quote expires soon."""
    return "hourglass_bottom", "orange", _("Quotes expiring"), found.figure(quote_state=figures.EXPIRING)


def by_bucket(found: Due) -> None:
    """A bar for each bucket, with its number of lines."""
    scene = found.scene
    chart.heading(_("Days to the due date"), escape(_("{currency} and lines; click a bar, again to undo",
                                                      currency=formats.currency_symbol(found.currency))))
    rows = figures.by_bucket(figures.narrowed(found.rows, scene.filters.but(due=())))
    bars = [Bar(row["bucket"], _short(row["bucket"]), float(row["amount"]), formats.number(row["lines"])) for row in rows]
    picked = scene.filters.due[0] if len(scene.filters.due) == 1 else None
    bucket = chart.chart(charts.buckets(bars, session.mode(), picked), key=found.key("buckets"), alt=_("Days to the due date"))
    if bucket:
        found.narrow(figures.behind(scene.viewer, scene.filters, "bucket", bucket, scene.today), *(
            ("due",) if bucket in words.DUE_BUCKETS else ("from_", "to")))


def _short(bucket: str) -> str:
    """A bucket where the heading says that they are days."""
    if bucket == "later":
        return f"> {formats.number(buckets.DAYS[bucket][0] - 1)}"
    return bucket if bucket[0].isdigit() else words.word("bucket", bucket)


def over_time(found: Due, *, by_quote: bool = False) -> None:
    """A column for each week or month, the overdue together before them; with a quote in force and without, if so wished."""
    scene = found.scene
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.container(width="content")
        view.choice("step", {step: _(name) for step, name in STEPS.items()}, label=_("Columns of the chart"))
    rows = figures.by_step(figures.narrowed(found.rows, scene.filters), found.step, by_quote=by_quote)
    figure, size = charts.due_columns(rows, session.mode(), step=found.step, today=scene.today, height=HEIGHT)
    with place:
        unit = f"{formats.currency_symbol(found.currency)} {size}".strip()
        chart.heading(_("When they fall due"), escape(_("{unit}, by due date; click a column", unit=unit)))
    if by_quote:
        st.markdown(f":small[:primary[●] {escape(_('with a quote in force'))} :gray[●] {escape(_('quote expired or undated'))}]")
    column = chart.chart(figure, key=found.key("columns"), alt=_("When they fall due"))
    if column:
        found.narrow_to_column(rows, column)


def over_months(found: Due, ways: Mapping[str, str]) -> None:
    """A column for each month, of the due date or of another day of the line as the reader chooses among `ways`."""
    scene = found.scene
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.container(width="content")
        of = view.choice("months", {way: _(name) for way, name in ways.items()}, label=_("Month of"))
    rows = figures.by_step(figures.narrowed(found.rows, scene.filters), found.step)
    if of == found.step:
        figure, size = charts.due_columns(rows, session.mode(), step="month", today=scene.today)
    else:
        figure, size = charts.monthly([row | {"month": row[of]} for row in found.amounts(of) if row[of]], session.mode())
    with place:
        chart.heading(_("By month"), escape(f"{formats.currency_symbol(found.currency)} {size}".strip()))
    column = chart.chart(figure, key=found.key(of), alt=_("By month"))
    if column and of == found.step:
        found.narrow_to_column(rows, column)


def ranked(found: Due, by: str) -> None:
    """A bar for each country or product group."""
    scene = found.scene
    chart.heading(_(RANKED[by]), escape(_("{currency} and share; click a bar", currency=formats.currency_symbol(found.currency))))
    name: Callable[[str], str] = formats.country if by == "country" else lambda group: group or _("No group")
    value = chart.chart(charts.ranked(found.amounts(by), by, session.mode(), name, most=MOST_RANKED[by]), key=found.key(by), alt=_(RANKED[by]))
    if value:
        found.narrow(figures.behind(scene.viewer, scene.filters, by, value, scene.today), by)


def hint() -> None:
    """Over the lines, what a click does."""
    st.caption(escape(_("Click a line for what waiting costs and why it is due that day; click a sum for its lines")))


def lines(report: ModuleType, says: Callable[[int], str], *, ways: Mapping[str, str] = WAYS, more: Sequence[str] = ()) -> None:
    """The lines, or sums of them by one of `ways`: a click on a line opens its panel, one on a sum shows the lines behind it. `says`
    tells how many there are; `more` are columns that come early."""
    scene = session.scene()
    behind = partial(figures.behind, scene.viewer, scene.filters)

    def clicked(by: str, row: table.Row) -> None:
        if by:
            view.narrow(behind(by, row[by], scene.today), form="detail")
        else:
            renewal_line.pick(row)

    table.section(report, ways, form="detail", first=(*FIRST[:4], *more, *FIRST[4:]), says=lambda result: says(money.lines(result.totals)),
                  on_click=clicked, again=view.turn(renewal_line.PANEL))
    renewal_line.opened()
