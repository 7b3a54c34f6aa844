"""Customers > Customers: who they are and what they did; a row opens their orders."""

from functools import partial

import streamlit as st

from pages.parts import chart, explain, frame, session, states, table, view
from pages.parts.money import chosen_currency
from pages.parts.text import escape
from pao_core import charts
from pao_core.customers import customers
from pao_core.locale import N_, _, formats, words
from pao_core.orders import figures
from pao_core.report import run, totals_of

ORDERS = "pages/orders/order_history.py"
WAYS = {"customer": N_("Customer"), "site": N_("Site number"), "country": N_("Country/region"), "program": N_("Enrollment type")}

scene = session.enter(customers.RIGHT)
amounts = partial(run, customers, scene.viewer, scene.filters, today=scene.today, measures=("amount_12_months",), totals=False)


def ranked(by: str, currency: str, name: str, most: int) -> str | None:
    """The greatest by what they ordered in twelve months; gives the key of the bar that was clicked."""
    rows = [row for row in amounts(by=by).rows if row["currency"] == currency and row["amount_12_months"]]
    names = {row[by]: words.spoken(by, "country" if by == "country" else "text", row[name]) for row in rows if row[by]}
    figure = charts.ranked(rows, by, session.mode(), lambda key: names.get(key, _("None")), most=most, measure="amount_12_months")
    return chart.chart(figure, key=f"{by}_{currency}_{hash(scene.filters)}", alt=_("Value of 12 months"))


def open_orders(by: str, value: str | None) -> None:
    """The orders behind a row or a bar."""
    view.open_page(ORDERS, figures.behind(scene.viewer, scene.filters, by, value), form="detail")


actions = frame.header(_(customers.TITLE), explain.freshness())
with states.told():
    currency = chosen_currency(totals_of(customers, scene.viewer, scene.filters, scene.today))
    if currency:
        unit = escape(_("{currency} in 12 months; click a bar for its orders", currency=formats.currency_symbol(currency)))
        left, right = st.columns(2, gap="medium")
        with left, states.told():
            chart.heading(_("Greatest customers"), unit)
            customer = ranked("customer", currency, "customer_name", 7)
        with right, states.told():
            chart.heading(_("By country"), unit)
            country = ranked("country", currency, "country", 7)
        if customer:
            open_orders("customer", customer)
        if country:
            open_orders("country", country)
table.section(customers, WAYS, actions, one=N_("customer site"), many=N_("customer sites"),
              on_click=lambda by, row: open_orders(by or "site", row[by or "site_number"]))
