"""SaaS > Provisioning: the form of each subscription, element by element: what is asked, answered, by whom, and what is missing."""

from functools import partial

import streamlit as st

from pages.parts import chart, explain, metrics, session, states, subscription_lines, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.locale import N_, _, formats, ngettext
from pao_core.report import run, totals_of
from pao_core.saas import saas_data_elements, subscribed

WAYS = {"subscription": N_("Subscription number"), "element": N_("Element"), "element_state": N_("State"), "month": N_("Month of the order"),
        **subscription_lines.WAYS}
FIRST = ("element_state", "subscription_number", "element", "required", "value", "submitted_on", "submitted_by", "customer_name",
         "fulfillment_status", "part_description")

scene = session.enter(saas_data_elements.RIGHT)
numbers = partial(explain.numbers, saas_data_elements)


def summed(by: str, measure: str) -> list[dict]:
    """One measure of the report in sum."""
    return run(saas_data_elements, scene.viewer, scene.filters, today=scene.today, by=by, measures=(measure,), totals=False).rows


def figures(total: dict) -> None:
    """Forms, those that are complete, what is missing and what is answered."""
    complete = total["forms"] - total["incomplete"]
    metrics.row([
        metrics.Metric(_("Forms"), formats.number(total["forms"]), numbers=numbers("forms")),
        metrics.Metric(_("Complete forms"), formats.number(complete), formats.percent(complete / total["forms"]), colour="gray",
                       numbers=numbers("forms", "incomplete"), formula=_("Forms, less the incomplete ones."),
                       help=_("Nothing that the form requires is missing")),
        metrics.Metric(_("Missing elements"), formats.number(total["missing"]), ngettext(
            "in {count} form", "in {count} forms", total["incomplete"], count=formats.number(total["incomplete"])),
            colour="red" if total["missing"] else "green", help=_("Required and without a value"), numbers=numbers("missing")),
        metrics.Metric(_("Answered elements"), formats.number(total["answered"]), formats.percent(total["answered"] / total["elements"]),
                       colour="gray", numbers=numbers("answered")),
    ])


def missing() -> None:
    """A bar for each element that is missing somewhere."""
    chart.heading(_("What is missing"), escape(_("Forms in which the element is required and has no value")))
    rows = [row for row in summed("element", "missing") if row["missing"]]
    if rows:
        figure = charts.ranked(rows, "element", session.mode(), str, measure="missing")
        chart.chart(figure, key=f"missing_{hash(scene.filters)}", alt=_("What is missing"))
    else:
        st.caption(escape(_("Nothing that a form requires is missing.")))


def over_time() -> None:
    """How many forms there are by month of the order."""
    chart.heading(_("Forms by month"), escape(_("Month of the order; click a column")))
    rows = [row for row in summed("month", "forms") if row["month"]]
    month = chart.chart(charts.monthly(rows, session.mode(), "forms")[0], key=f"forms_{hash(scene.filters)}", alt=_("Forms by month"))
    if month:
        view.narrow(subscribed.behind(scene.viewer, scene.filters, "month", month))


with states.told():
    subscription_lines.statuses()
    totals = totals_of(saas_data_elements, scene.viewer, scene.filters, scene.today)
    if totals and view.peek("form") != "detail":
        figures(totals[0])
        left, right = st.columns(2, gap="medium")
        with left, states.told():
            missing()
        with right, states.told():
            over_time()
subscription_lines.lines(saas_data_elements, WAYS, first=FIRST, says=lambda result: ngettext(
    "{count} form", "{count} forms", sum(total["forms"] for total in result.totals)))
