"""Customers > Levels and points: the imported level of each agreement, and how far the reader's lines lead to the next one."""

import streamlit as st

from pages.parts import chart, explain, levels, metrics, session, states, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.customers import levels_and_points
from pao_core.locale import N_, _, formats, ngettext
from pao_core.report import run, totals_of

WAYS = {"price_level": N_("Price level"), "next_level": N_("Next level"), "month": N_("Month in which the term ends"),
        "agreement": N_("Agreement number"), "program": N_("Enrollment type"), "customer_type": N_("Customer type")}
FIRST = ("customer_name", "price_level", "points", "next_level", "points_missing", "points_before", "term_end", "level_of_points")
NEAREST = 6

scene = session.enter(levels_and_points.RIGHT)


def figures(total: table.Row) -> None:
    """Agreements, points of the term and of the one before, those that are enough, and lines that bring none."""
    metrics.row([
        metrics.Metric(_("Agreements"), formats.number(total["agreements"]), _("with rows that you see"), colour="gray",
                       numbers=explain.numbers(levels_and_points, "agreements")),
        metrics.Metric(_("Points of your lines"), formats.number(total["points"], 0),
                       _("{points} in the term before", points=formats.number(total["points_before"], 0)), colour="gray",
                       numbers=explain.numbers(levels_and_points, "points"),
                       help=_("In the running term of each agreement; not the points of the agreements")),
        metrics.Metric(_("Enough for the next level"), formats.number(total["enough"]), _("by your lines alone"),
                       colour="green" if total["enough"] else "gray", numbers=explain.numbers(levels_and_points, "enough")),
        metrics.Metric(_("Lines without points"), formats.number(total["lines_without_points"]),
                       _("of {lines} in the term", lines=formats.number(total["lines"])), colour="gray",
                       numbers=explain.numbers(levels_and_points, "lines_without_points")),
    ])


def by_level() -> None:
    """How many agreements have each imported level."""
    rows = run(levels_and_points, scene.viewer, scene.filters, today=scene.today, by="price_level", measures=("agreements",), totals=False).rows
    chart.heading(_("By price level"), escape(_("Number of agreements, by the imported level")))
    bars = [Bar(row["price_level"] or "", row["price_level"] or _("none"), float(row["agreements"])) for row in rows]
    chart.chart(charts.bars(bars, session.mode()), key=f"levels_{hash(scene.filters)}", alt=_("By price level"))


def nearest() -> None:
    """The agreements that miss the fewest points; a click opens one."""
    rows = run(levels_and_points, scene.viewer, scene.filters, today=scene.today, form="detail", totals=False, limit=NEAREST).rows
    near = {row["agreement_number"]: row for row in rows if row["points_missing"] is not None}
    chart.heading(_("Nearest to the next level"), escape(_("Points of your lines in the term, and what is missing; click a bar")))
    bars = [Bar(number, row["customer_name"], float(row["points"]), levels.missing(row)) for number, row in near.items()]
    number = chart.chart(charts.bars(bars, session.mode()), key=f"near_{hash(scene.filters)}_{view.turn(levels.PANEL)}",
                         alt=_("Nearest to the next level"))
    if number:
        levels.pick(near[number])


def clicked(by: str, row: table.Row) -> None:
    """The panel of an agreement, or the agreement of a sum."""
    if not by:
        levels.pick(row)
    elif by == "agreement":
        view.narrow(scene.filters.but(agreement=(row["agreement"],)), form="detail")


with states.told():
    totals = totals_of(levels_and_points, scene.viewer, scene.filters, scene.today)
    if totals and totals[0]["agreements"] and view.peek("form") != "detail":
        figures(totals[0])
        left, right = st.columns([1, 1.4], gap="medium")
        with left, states.told():
            by_level()
        with right, states.told():
            nearest()
table.section(levels_and_points, WAYS, first=FIRST, on_click=clicked, again=view.turn(levels.PANEL),
              says=lambda result: ngettext("{count} agreement", "{count} agreements", sum(total["agreements"] for total in result.totals)))
levels.opened()
