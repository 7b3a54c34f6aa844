"""Renewals > Subscription updates: which subscriptions end in the days ahead, or did in the days past, and what changes then."""

import streamlit as st

from pages.parts import chart, explain, filter_bar, metrics, session, states, subscription_lines, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.locale import N_, _, formats, ngettext, words
from pao_core.renewals import due_180_days, figures, subscription_updates
from pao_core.report import run, totals_of
from pao_core.saas import subscribed

WAYS = {"month": N_("Month of the end"), "bucket": N_("Days to the end"), "end_choice": N_("The use speaks for"), "renewal_type": N_("Renewal type"),
        "billing": N_("Billing"), "subscription": N_("Subscription number"), **subscription_lines.WAYS}
FIRST = ("bucket", "end", "days_to_end", "customer_name", "part_description", "renewal_type", "end_choice", "entitled_quantity", "used_quantity",
         "used_share", "effective_on", "subscription_number")

scene = session.enter(subscription_updates.RIGHT)
first, last = due_180_days.window(scene.filters, scene.today)


def summed(by: str) -> list[dict]:
    """How many subscriptions there are by a word."""
    return run(subscription_updates, scene.viewer, scene.filters, today=scene.today, by=by, measures=("subscriptions",), totals=False).rows


def figures_of(total: dict) -> None:
    """How many end, and what their use speaks for."""
    metrics.row([
        metrics.Metric(_("Subscriptions"), formats.number(total["subscriptions"]), ngettext(
            "{count} customer", "{count} customers", total["customers"], count=formats.number(total["customers"])), colour="gray",
            numbers=explain.numbers(subscription_updates, "subscriptions")),
        metrics.Metric(_("Above the entitlement"), formats.number(total["above"]), words.word("end_choice", subscription_updates.GROW),
                       colour="red" if total["above"] else "green", numbers=explain.numbers(subscription_updates, "above")),
        metrics.Metric(_("Little or nothing used"), formats.number(total["little_used"]), _("less than half of what is entitled"),
                       colour="orange" if total["little_used"] else "green", numbers=explain.numbers(subscription_updates, "little_used")),
        metrics.Metric(_("No use known"), formats.number(total["use_unknown"]), numbers=explain.numbers(subscription_updates, "use_unknown")),
    ])


def by_month() -> None:
    """A column for each month in which subscriptions end."""
    chart.heading(_("When they end"), escape(_("Subscriptions by month of the last day; click a column")))
    figure, _size = charts.monthly(summed("month"), session.mode(), "subscriptions")
    month = chart.chart(figure, key=f"ends_{hash(scene.filters)}", alt=_("When they end"))
    if month:
        view.narrow(subscribed.behind(scene.viewer, scene.filters, "month", month))


def bars(by: str, title: str, about: str) -> None:
    """A bar for each value, the most first."""
    chart.heading(title, about)
    shown = [Bar(row[by] or "", words.word(by, row[by]) or _("Not told"), float(row["subscriptions"])) for row in summed(by)]
    chart.chart(charts.bars(shown, session.mode()), key=f"{by}_{hash(scene.filters)}", alt=title)


def of_bucket(by: str, row: table.Row) -> None:
    """The subscriptions of a bucket of days; no other sum has filters of its own."""
    if by == "bucket":
        view.narrow(figures.behind(scene.viewer, scene.filters, by, row[by], scene.today), form="detail")


with states.told():
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        filter_bar.window(due_180_days.WINDOW, due_180_days.LAST)
        subscription_lines.statuses()
    totals = totals_of(subscription_updates, scene.viewer, scene.filters, scene.today)
    if totals and view.peek("form") != "detail":
        figures_of(totals[0])
        left, middle, right = st.columns([1.4, 1, 1], gap="medium")
        with left, states.told():
            by_month()
        with middle, states.told():
            bars("end_choice", _("The use speaks for"), escape(_("Our reading of use against entitlement")))
        with right, states.told():
            bars("renewal_type", _("Renewal type"), escape(_("As it was loaded")))
subscription_lines.lines(subscription_updates, WAYS, first=FIRST, own=of_bucket, says=lambda result: ngettext(
    "{count} subscription ends from {first} to {last}", "{count} subscriptions end from {first} to {last}",
    sum(total["subscriptions"] for total in result.totals), first=formats.day(first), last=formats.day(last)))
