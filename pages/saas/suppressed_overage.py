"""SaaS > Suppressed overage: what was used beyond the entitlement and not billed, why, and what it would have cost."""

import streamlit as st

from pages.parts import chart, explain, metrics, money, session, states, subscription_lines, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.locale import N_, _, formats, ngettext
from pao_core.report import run, totals_of
from pao_core.saas import subscribed, suppressed_overage

WAYS = {"month": N_("Month"), "suppression_reason": N_("Reason for the suppression"), "overage_price": N_("Price of the overage"),
        "subscription": N_("Subscription number"), **subscription_lines.WAYS}
FIRST = ("period_end", "customer_name", "part_description", "suppression_reason", "entitled_quantity", "used_quantity", "overage_quantity",
         "overage_share", "unit_price", "currency", "amount", "amount_in", "overage_price", "subscription_number")
MONTHS = 24

scene = session.enter(suppressed_overage.RIGHT)


def summed(by: str, currency: str) -> list[dict]:
    """The amounts of one currency in sum."""
    return run(suppressed_overage, scene.viewer, scene.filters, today=scene.today, by=by, measures=("amount",), totals=False, currency=currency,
               sort="month" if by == "month" else "-amount").rows


def figures(totals: list[dict], currency: str | None) -> None:
    """Periods and subscriptions whatever their currency, what the overage would have cost in one, and what has no price."""
    of = next((total for total in totals if total["currency"] == currency), None)
    (apart,) = [total["lines"] for total in totals if total["currency"] is None] or [0]
    months = summed("month", currency)[-MONTHS:] if currency else []
    metrics.row([
        metrics.Metric(_("Periods"), formats.number(money.lines(totals))),
        metrics.Metric(_("Would have cost"), formats.compact_money(of["amount"], currency) if of and currency else "–",
                       course=[float(row["amount"]) for row in months],
                       numbers=explain.numbers(suppressed_overage, "amount", currency=currency) if currency else (),
                       help=_("At the list price of the overage part on the last day of the period")),
        metrics.Metric(_("Periods without a price"), formats.number(apart), _("in no amount") if apart else None, colour="orange",
                       numbers=explain.numbers(suppressed_overage, "lines", currency=None) if apart else (),
                       help=_("No overage part, no level or no list price on that day; they count in no amount")),
    ])


def over_time(currency: str) -> None:
    """What it would have cost, by month."""
    figure, size = charts.monthly(summed("month", currency)[-MONTHS:], session.mode())
    chart.heading(_("Would have cost, by month"), escape(_("{unit}; click a column", unit=f"{formats.currency_symbol(currency)} {size}".strip())))
    month = chart.chart(figure, key=f"months_{currency}_{hash(scene.filters)}", alt=_("Would have cost, by month"))
    if month:
        view.narrow(subscribed.behind(scene.viewer, scene.filters, "month", month))


def ranked(by: str, title: str) -> None:
    """What it would have cost, by reason or customer."""
    chart.heading(title, escape(_("{currency} and share of the whole", currency=formats.currency_symbol(currency or ""))))
    rows = summed(by, currency or "")
    names = {row[by]: row.get("customer_name") or row[by] for row in rows}
    figure = charts.ranked(rows, by, session.mode(), lambda value: names.get(value) or _("No reason given"), most=5)
    value = chart.chart(figure, key=f"{by}_{currency}_{hash(scene.filters)}", alt=title)
    if value and by in subscribed.FILTERED:
        view.narrow(subscribed.behind(scene.viewer, scene.filters, by, value))


with states.told():
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        subscription_lines.statuses()
        totals = totals_of(suppressed_overage, scene.viewer, scene.filters, scene.today)
        currency = money.chosen(totals)
    if totals and view.peek("form") != "detail":
        figures(totals, currency)
        if currency:
            left, middle, right = st.columns([1.4, 1, 1], gap="medium")
            with left, states.told():
                over_time(currency)
            with middle, states.told():
                ranked("suppression_reason", _("By reason"))
            with right, states.told():
                ranked("customer", _("By customer"))
subscription_lines.lines(suppressed_overage, WAYS, first=FIRST, says=lambda result: ngettext(
    "{count} period with suppressed overage", "{count} periods with suppressed overage", money.lines(result.totals)))
