"""Orders > Order history: what was ordered, over time, by country, and line by line."""

from datetime import date, timedelta
from functools import partial

import streamlit as st

from pages.parts import chart, filter_bar, money, order_search, ordered, session, states, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.dates import add_months
from pao_core.locale import N_, _, formats, ngettext, words
from pao_core.orders import figures, order_history
from pao_core.report import run, totals_of

OVER = {"product_group": N_("Product group"), "order_type": N_("Order type")}
WAYS = {"month": N_("Month"), "customer": N_("Customer"), "site": N_("Site number"), "country": N_("Country/region"), **OVER}
FIRST = ("order_date", "order_number", "customer_name", "order_type", "currency", "amount", "amount_in", "quantity", "part_description")

scene = session.enter(order_history.RIGHT)
amounts = partial(run, order_history, scene.viewer, scene.filters, today=scene.today, measures=("amount",), sort="-amount", totals=False)
behind = partial(figures.behind, scene.viewer)


def shortcuts(today: date) -> None:
    """Period and order type at one click."""
    since = {"3": add_months(today, -3), "12": add_months(today, -12), "24": add_months(today, -24)}
    periods = {"": {"from_": None, "to": None}, **{name: {"from_": first + timedelta(days=1), "to": today} for name, first in since.items()},
               "year": {"from_": today.replace(month=1, day=1), "to": today}}
    filter_bar.shortcuts(_("Period"), periods, {"": _("All time"), "3": _("3 months"), "12": _("12 months"), "24": _("24 months"),
                                                "year": _("This year")})
    filter_bar.shortcuts(_("Order type"), {"": {"order_type": ()}, **{kind: {"order_type": (kind,)} for kind in words.ORDER_TYPES}},
                         {"": _("All types"), **{kind: _(name) for kind, name in words.ORDER_TYPES.items()}})


def over_time(currency: str, unit: str) -> None:
    """A line for each product group or order type; a click on a point shows its lines."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.container(width="content")
        of = view.choice("over", {name: _(text) for name, text in OVER.items()}, label=_("Lines of the chart"))
    rows = amounts(by=("month", of), currency=currency).rows
    step = "quarter" if charts.is_by_quarter(rows) else "month"
    title = _("Value by quarter") if step == "quarter" else _("Value by month")
    with place:
        chart.heading(title, unit)
    figure = charts.over_time(rows, of, session.mode(), lambda value: words.word(of, value) or _("No group"))
    point = chart.chart(figure, key=f"over_{of}_{currency}_{hash(scene.filters)}", alt=title)
    if point:
        view.narrow(behind(behind(scene.filters, step, point[1]), of, point[0] or None), form="detail")


def by_country(currency: str) -> None:
    """A bar for each country of the lines; a click shows its lines."""
    rows = amounts(by="country", currency=currency).rows
    figure = charts.ranked(rows, "country", session.mode(), formats.country, most=7)
    country = chart.chart(figure, key=f"country_{currency}_{hash(scene.filters)}", alt=_("Value by country"))
    if country:
        view.narrow(behind(scene.filters, "country", country), form="detail")


with states.told():
    order_search.fields()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        shortcuts(scene.today)
        currency = money.chosen(totals := totals_of(order_history, scene.viewer, scene.filters, scene.today))
    if currency and view.peek("form") != "detail":
        ordered.figures_of(currency)
        left, right = st.columns([1.9, 1], gap="medium")
        with left, states.told():
            over_time(currency, money.unit(totals, currency))
        with right, states.told():
            chart.heading(_("By country"), escape(_("{currency} and share of the whole; click a bar", currency=formats.currency_symbol(currency))))
            by_country(currency)
table.section(order_history, WAYS, first=FIRST, says=lambda result: ngettext("{count} order line", "{count} order lines", money.lines(result.totals)),
              on_click=lambda by, row: view.narrow(behind(scene.filters, by, row[by]), form="detail") if by else view.open_customer(row["customer"]))
