"""SaaS > Fulfillment: where each subscription stands, how long it waits and for whom, and how long it took to be provisioned."""

from functools import partial

import streamlit as st

from pages.parts import chart, explain, metrics, session, states, subscription_lines, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.locale import N_, _, formats, ngettext, words
from pao_core.report import run
from pao_core.saas import saas_fulfillment, subscribed

WAYS = {"fulfillment_status": N_("Fulfillment status"), "waits_for": N_("Waits for"), "month": N_("Month of the order"), **subscription_lines.WAYS}
FIRST = ("fulfillment_status", "waits_for", "days_since_ordered", "days_to_provision", "customer_name", "part_description", "missing", "ordered_on",
         "provisioned_on", "subscription_number", "site_name")
MONTHS = 24

scene = session.enter(saas_fulfillment.RIGHT)
numbers = partial(explain.numbers, saas_fulfillment)


def summed(by: str) -> list[dict]:
    """The report in sum."""
    return run(saas_fulfillment, scene.viewer, scene.filters, today=scene.today, by=by, totals=False).rows


def figures(rows: list[dict]) -> None:
    """How many there are, how many wait, for whom, and how long provisioning took."""
    waiting, customer, took = (sum(row[name] for row in rows) for name in ("waiting", "waiting_for_customer", "provisioned"))
    longest = max((row["longest_wait"] for row in rows if row["longest_wait"] is not None), default=None)
    metrics.row([
        metrics.Metric(_("Subscriptions"), formats.number(sum(row["subscriptions"] for row in rows)), numbers=numbers("subscriptions")),
        metrics.Metric(_("Waiting"), formats.number(waiting), None if longest is None else ngettext(
            "longest for {count} day", "longest for {count} days", longest, count=formats.number(longest)), colour="orange",
            numbers=numbers("waiting")),
        metrics.Metric(_("Waiting for the customer"), formats.number(customer),
                       _("{count} for the vendor", count=formats.number(waiting - customer)), colour="gray",
                       numbers=numbers("waiting_for_customer")),
        metrics.Metric(_("Mean days to provision"), formats.number(sum(row["days_to_provision"] for row in rows) / took, 1) if took else "–",
                       numbers=numbers("days_to_provision", "provisioned"), formula=_("Days to provision, divided by subscriptions provisioned."),
                       help=_("From the order to the day of provisioning, of the subscriptions with both days")),
    ])


def funnel(rows: list[dict]) -> None:
    """A bar for each status, in the order in which a subscription passes them."""
    chart.heading(_("Where they stand"), escape(_("Subscriptions, with the longest wait in days; click a bar")))
    of = {row["fulfillment_status"]: row for row in rows}
    bars = [Bar(code, words.word("fulfillment_status", code), float(of[code]["subscriptions"]), "" if of[code]["longest_wait"] is None else ngettext(
        "{count} day", "{count} days", of[code]["longest_wait"], count=formats.number(of[code]["longest_wait"])))
        for code in words.FULFILLMENT_STATUSES if code in of]
    picked = scene.filters.status[0] if len(scene.filters.status) == 1 else None
    status = chart.chart(charts.bars(bars, session.mode(), picked=picked), key=f"funnel_{hash(scene.filters)}", alt=_("Where they stand"))
    if status:
        view.narrow(scene.filters.but(status=() if picked == status else (status,)))


def over_time() -> None:
    """How long provisioning took, by month of the order."""
    chart.heading(_("Days to provision"), escape(_("Mean, by month of the order; click a column")))
    known = [row for row in summed("month") if row["month"] and row["mean_days"] is not None][-MONTHS:]
    month = chart.chart(charts.monthly(known, session.mode(), "mean_days")[0], key=f"took_{hash(scene.filters)}", alt=_("Days to provision"))
    if month:
        view.narrow(subscribed.behind(scene.viewer, scene.filters, "month", month))


with states.told():
    subscription_lines.statuses(waiting=(_("Waiting"), saas_fulfillment.WAITING))
    rows = summed("fulfillment_status")
    if rows and view.peek("form") != "detail":
        figures(rows)
        left, right = st.columns([1, 1.5], gap="medium")
        with left, states.told():
            funnel(rows)
        with right, states.told():
            over_time()
subscription_lines.lines(saas_fulfillment, WAYS, first=FIRST, says=lambda result: ngettext(
    "{count} subscription", "{count} subscriptions", sum(total["subscriptions"] for total in result.totals)))
