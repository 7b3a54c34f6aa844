"""Customers > End customers: who they are, where, whom to reach and what they hold; a row opens the customer."""

import streamlit as st

from pages.parts import chart, explain, metrics, session, states, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.customers import end_customers
from pao_core.locale import N_, _, formats, ngettext
from pao_core.report import run, totals_of

WAYS = {"customer": N_("Customer"), "site": N_("Site number"), "country": N_("Country/region"), "industry": N_("Industry"),
        "product_group": N_("Product group"), "program": N_("Enrollment type"), "customer_type": N_("Customer type"),
        "price_level": N_("Price level"), "reseller": N_("Reseller")}
FIRST = ("customer_name", "site_name", "country", "city", "industry", "contacts", "entitlements", "subscriptions", "holds", "last_order")
NARROWED = ("country", "product_group", "program", "reseller")  # groupings that are filters
DRAWN = {"country": N_("By country"), "product_group": N_("By product group held"), "industry": N_("By industry")}
MOST = 5  # bars

scene = session.enter(end_customers.RIGHT)


def figures(total: table.Row) -> None:
    """How many customers, sites, contacts, and what they hold."""
    def of(name: str) -> str:
        return formats.number(total[name])
    told = {"customers": (_("Customers"), escape(ngettext("{count} site", "{count} sites", total["sites"], count=of("sites")))),
            "contacts": (_("Contacts"), _("people to reach")), "entitlements": (_("Active entitlements"), _("coverage includes today")),
            "subscriptions": (_("Running subscriptions"), _("begun and not over"))}
    metrics.row([metrics.Metric(label, of(name), note, colour="gray", numbers=explain.numbers(end_customers, name))
                 for name, (label, note) in told.items()])


def ranked(by: str, customers: int) -> None:
    """Customers in each country, product group or industry, and their share of all; a click narrows the page where it is a filter."""
    rows = run(end_customers, scene.viewer, scene.filters, today=scene.today, by=by, measures=("customers",), sort="-customers", totals=False).rows
    told = _("Customers, and their share of all; click a bar") if by in NARROWED else _("Customers, and their share of all")
    chart.heading(_(DRAWN[by]), escape(told))
    bars = [Bar(row[by] or "", formats.country(row[by]) if by == "country" else row[by] or _("Not known"), float(row["customers"]),
                formats.percent(row["customers"] / customers, 0)) for row in rows[:MOST]]
    value = chart.chart(charts.bars(bars, session.mode()), key=f"{by}_{hash(scene.filters)}", alt=_(DRAWN[by]))
    if value and by in NARROWED:
        view.narrow(scene.filters.but(**{by: (value,)}))


def clicked(by: str, row: table.Row) -> None:
    """The customer of a row; the sites behind a sum."""
    if by == "customer":
        view.open_customer(row["customer"])
    elif by in ("", "site"):
        view.open_customer(site=row[by or "site_number"])
    elif by in NARROWED and row[by]:
        view.narrow(scene.filters.but(**{by: (row[by],)}), form="detail")


with states.told():
    totals = totals_of(end_customers, scene.viewer, scene.filters, scene.today)
    if totals and totals[0]["customers"] and view.peek("form") != "detail":
        figures(totals[0])
        for place, by in zip(st.columns(len(DRAWN), gap="medium"), DRAWN, strict=True):
            with place, states.told():
                ranked(by, totals[0]["customers"])
table.section(end_customers, WAYS, first=FIRST, on_click=clicked,
              says=lambda result: ngettext("{count} end customer", "{count} end customers", sum(total["customers"] for total in result.totals)))
