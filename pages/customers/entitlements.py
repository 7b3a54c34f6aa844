"""Customers > Entitlements: what all customers hold and in which state, and what of it is deployed; a row opens its panel."""

import streamlit as st

from pages.parts import chart, deployment, filter_bar, session, states, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.customers import entitlements
from pao_core.locale import N_, _, formats, ngettext, words
from pao_core.report import run

WAYS = {"state": N_("State"), "kind": N_("Kind"), "product": N_("Product"), "product_group": N_("Product group"), "customer": N_("Customer"),
        "site": N_("Site number"), "country": N_("Country/region"), "charge_metric": N_("Charge metric"), "reseller": N_("Reseller")}
FIRST = ("state", "product_name", "customer_name", "quantity", "deployed_quantity", "deployed_share", "over_quantity", "coverage_end", "kind")
NARROWED = ("state", "kind", "product_group", "site", "country", "reseller")  # groupings that are filters
MOST = 6  # product groups drawn

scene = session.enter(entitlements.RIGHT)
# A row that was renewed stands beside its renewal: figures are of one state, active unless the reader asks for another.
standing = scene.filters if scene.filters.state else scene.filters.but(state=(entitlements.ACTIVE,))


def choice() -> None:
    """State and kind, at one click."""
    every = {"": {"state": ()}} | {state: {"state": (state,)} for state in words.ENTITLEMENT_STATES}
    filter_bar.shortcuts(_("State"), every, {"": _("All"), **{state: _(name) for state, name in words.ENTITLEMENT_STATES.items()}})
    kinds = {"": {"kind": ()}} | {kind: {"kind": (kind,)} for kind in words.ENTITLEMENT_KINDS}
    filter_bar.shortcuts(_("Kind"), kinds, {"": _("All kinds"), **{kind: _(name) for kind, name in words.ENTITLEMENT_KINDS.items()}})


def drawn() -> None:
    """How many in each state, and what is deployed by product group; a click narrows the page."""
    left, right = st.columns(2, gap="medium")
    with left, states.told():
        rows = run(entitlements, scene.viewer, scene.filters.but(state=()), today=scene.today, by="state", totals=False).rows
        chart.heading(_("By state"), escape(_("Number of entitlements; click a bar")))
        bars = [Bar(row["state"], words.word("entitlement_state", row["state"]), float(row["entitlements"])) for row in rows]
        picked = scene.filters.state[0] if len(scene.filters.state) == 1 else None
        state = chart.chart(charts.bars(bars, session.mode(), picked=picked), key=f"states_{hash(scene.filters)}", alt=_("By state"))
        if state:
            view.narrow(scene.filters.but(state=() if picked == state else (state,)))
    with right, states.told():
        rows = run(entitlements, scene.viewer, standing, today=scene.today, by="product_group", sort="-deployed_quantity", totals=False).rows
        chart.heading(_("Deployed by product group"), escape(_("Quantity, and share of what is entitled where counted; click a bar")))
        bars = [Bar(row["product_group"] or "", row["product_group"] or _("No group"), float(row["deployed_quantity"]),
                    formats.percent(row["deployed_share"])) for row in rows if row["deployed_share"] is not None]
        group = chart.chart(charts.bars(bars[:MOST], session.mode()), key=f"groups_{hash(scene.filters)}", alt=_("Deployed by product group"))
        if group:
            view.narrow(scene.filters.but(product_group=(group,)))


def clicked(by: str, row: table.Row) -> None:
    """The panel of an entitlement; the entitlements behind a sum, or the customer."""
    if not by:
        deployment.pick(row)
    elif by == "customer":
        view.open_customer(row["customer"])
    elif by in NARROWED and row[by]:
        view.narrow(scene.filters.but(**{by: (row[by],)}), form="detail")


with states.told():
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        choice()
    deployment.figures(standing)
    if view.peek("form") != "detail":
        drawn()
table.section(entitlements, WAYS, first=FIRST, on_click=clicked, again=view.turn(deployment.PANEL),
              says=lambda result: ngettext("{count} entitlement", "{count} entitlements", sum(total["entitlements"] for total in result.totals)))
deployment.opened()
