"""Customers > Customers: who they are and what they did; a row opens the customer, one of many customers their orders."""

from functools import partial

import streamlit as st

from pages.parts import chart, money, session, states, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.customers import customers
from pao_core.locale import N_, _, ngettext, words
from pao_core.orders import figures
from pao_core.report import how_many, run, totals_of

ORDERS = "pages/orders/order_history.py"
WAYS = {"customer": N_("Customer"), "site": N_("Site number"), "country": N_("Country/region"), "program": N_("Enrollment type")}

scene = session.enter(customers.RIGHT)
amounts = partial(run, customers, scene.viewer, scene.filters, today=scene.today, measures=("amount_12_months",), totals=False,
                  sort="-amount_12_months")


def ranked(by: str, currency: str, name: str, most: int) -> str | None:
    """The greatest by what they ordered in twelve months; gives the key of the bar that was clicked."""
    rows = [row for row in amounts(by=by, currency=currency).rows if row["amount_12_months"]]
    names = {row[by]: words.spoken(by, "country" if by == "country" else "text", row[name]) for row in rows if row[by]}
    figure = charts.ranked(rows, by, session.mode(), lambda key: names.get(key, _("None")), most=most, measure="amount_12_months",
                           others=by == "country")
    return chart.chart(figure, key=f"{by}_{currency}_{hash(scene.filters)}", alt=_("Value of 12 months"))


def customer_count() -> int:
    """How many customers match."""
    return how_many(customers, scene.viewer, scene.filters, "customer", today=scene.today)


def open_behind(by: str, value: str | None) -> None:
    """The customer of a row or a bar; of one that stands for many customers, their orders."""
    if by == "customer" and value:
        view.open_customer(value)
    elif by == "site":
        view.open_customer(site=value)
    else:
        view.open_page(ORDERS, figures.behind(scene.viewer, scene.filters, by, value), form="detail")


with states.told():
    totals = totals_of(customers, scene.viewer, scene.filters, scene.today)
    currency = money.chosen(totals)
    if currency and view.peek("form") != "detail":
        unit = escape(_("12 months")) + " · " + money.unit(totals, currency)
        for place, by, name, title in zip(st.columns(2, gap="medium"), ("customer", "country"), ("customer_name", "country"),
                                          (_("Top customers"), _("By country")), strict=True):
            with place, states.told():
                chart.heading(title, unit)
                picked = ranked(by, currency, name, 6)
                if picked:
                    open_behind(by, picked)
table.section(customers, WAYS, says=lambda _result: ngettext("{count} customer", "{count} customers", customer_count()),
              on_click=lambda by, row: open_behind(by or "site", row[by or "site_number"]))
