"""The panel of one agreement's level: where the points of the viewer's lines stand between the thresholds, term by term."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import chart, metrics, session, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.customers import levels_and_points
from pao_core.customers.customer import LADDER
from pao_core.locale import N_, _, formats
from pao_core.report import Column

PANEL = "levels"
SHOWN = 8  # terms drawn
TERMS = (Column("start", N_("Term from"), "date"), Column("end", N_("Term to"), "date"), Column("lines", N_("Lines"), "integer"),
         Column("points", N_("Points of your lines"), "quantity"))
THRESHOLDS = (Column("level", N_("Price level"), "level"), Column("from", N_("From points"), "integer"), Column("stands", N_("Here")))
Row = dict[str, Any]


def pick(row: table.Row) -> None:
    """Open the panel about an agreement that was clicked."""
    view.pick(PANEL, dict(row))


def opened() -> None:
    """The panel, when an agreement was picked."""
    row = view.picked(PANEL)
    if row:
        st.dialog(_("Level and points"), width="medium", position="right", icon=":material/stairs:")(_panel)(row)


def missing(row: table.Row) -> str:
    """How far it is to the next level, in words."""
    if row["next_level"] is None:
        return _("no level above is earned by points")
    if not row["points_missing"]:
        return _("enough for level {level}", level=row["next_level"])
    return _("{points} to level {level}", points=formats.number(row["points_missing"], 0), level=row["next_level"])


def _panel(row: Row) -> None:
    viewer, scene = session.enter_dialog(), session.scene()
    st.markdown(f"**{escape(row['customer_name'])}**")
    st.caption(escape(_("Agreement {number}", number=row["agreement_number"])))
    metrics.row([
        metrics.Metric(_("Price level"), row["price_level"] or "–", _("as imported"), colour="gray"),
        metrics.Metric(_("Points of your lines"), formats.number(row["points"], 0), missing(row), colour="gray",
                       help=_("Points of the lines that you see. The agreement's level counts all its orders, so this is not its level.")),
    ])
    if row["anniversary_date"]:
        terms = levels_and_points.terms(viewer, scene.filters, row["agreement_number"], row["anniversary_date"], scene.today)[-SHOWN:]
        chart.heading(_("Term by term"), escape(_("Points of your lines, by the last month of the term")))
        bars = [Bar(term.end.isoformat(), formats.month(term.end), float(term.points), formats.number(term.points, 0)) for term in terms]
        chart.chart(charts.columns(bars, session.mode()), key=f"terms_{row['agreement_number']}", alt=_("Term by term"))
        table.table(TERMS, [vars(term) for term in reversed(terms)], key="terms", alt=_("Term by term"))
    if row["level_of_points"]:
        chart.heading(_("Thresholds"), escape(_(levels_and_points.SOURCE)))
        here = {row["price_level"]: _("imported level"), row["level_of_points"]: _("level of these points")}
        both = _("imported level, level of these points") if row["price_level"] == row["level_of_points"] else None
        table.table(THRESHOLDS, [{"level": level, "from": points, "stands": both if both and level in here else here.get(level)}
                                 for level, points in LADDER.items()], key="thresholds", alt=_("Thresholds"))
    if st.button(_("Open the customer"), icon=":material/arrow_forward:", type="tertiary", key="levels_customer"):
        view.open_customer(row["agreement_number"])
