"""A customer's inventory on the page: coverage by product, coverage over time, and the panel of one product."""

from __future__ import annotations

import streamlit as st

from pages.parts import chart, metrics, session, states, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.customers import inventory
from pao_core.customers.inventory import Coverage, Product
from pao_core.locale import _, formats, language, ngettext, words

BARS = {"covered_share": "blue", "deployed_share": "gray"}
SHOWN = ("name", "coverage_state", "covered_share", "deployed_share", "covered_until", "entitled", "covered", "product_group")
OF_PRODUCT = ("entitlement_state", "coverage_start", "coverage_end", "quantity", "counts_entitled", "covered", "deployed_quantity", "site_name",
              "part_description", "kind")
FIRST = ("entitlement_state", "product_name", "quantity", "deployed_quantity", "deployed_share", "coverage_start", "coverage_end", "site_name")
MOST_ROWS = 12  # of the time line
PANEL = "product"


def drawn(coverage: Coverage) -> None:
    """The products and their time line, or that there are none."""
    if coverage.products:
        by_product(coverage)
        over_time(coverage)
        panel(coverage)
    else:
        states.empty(_("No entitlements"), _("The inventory appears here as soon as a file with entitlements has been imported."), "inventory_2")


def by_product(coverage: Coverage) -> None:
    """A row for each product, those without support first; a click opens the product."""
    chart.heading(_("Coverage by product"), escape(_("Covered today of what is entitled; a full bar is all of it. Click a row.")))
    columns = [column for name in SHOWN for column in inventory.BY_PRODUCT if column.name == name]
    row = table.table(columns, coverage.rows(), key=f"coverage_{view.turn(PANEL)}", alt=_("Coverage by product"), clickable=True, bars=BARS,
                      widths={"name": 250})
    if row:
        view.pick(PANEL, row["product"])


def over_time(coverage: Coverage) -> None:
    """When the products were, are and will be covered; a click on a bar opens the product."""
    scene = session.scene()
    shown = coverage.products[:MOST_ROWS]
    told = _("Red: over, and nothing follows; amber: ends soon. Click a bar.")
    if len(coverage.products) > len(shown):
        told = _("{shown} of {count} products, those without support first. {more}", shown=len(shown),
                 count=formats.number(len(coverage.products)), more=told)
    chart.heading(_("Time line"), escape(told))
    rows = [charts.Coverage(product.product, product.name, spell.start, spell.end) for product in shown for spell in product.spells]
    figure = charts.coverage_timeline(rows, session.mode(), scene.today)
    product = chart.chart(figure, key=f"timeline_{hash(scene.filters)}_{language()}_{view.turn(PANEL)}", alt=_("Coverage over time"))
    if product:
        view.pick(PANEL, product)


def entitlements(coverage: Coverage) -> None:
    """The entitlements of one state, or all; a click opens the product."""
    whole = session.scene().filters
    offered = {**{code: _(name) for code, name in words.ENTITLEMENT_STATES.items()}, "all": _("All")}
    state = view.choice("state", offered, label=_("State"))
    session.about(whole.but(status=() if state == "all" else (state,)))
    table.listing(inventory, first=FIRST, bars={"deployed_share": "gray"}, empty=_("No entitlement has been loaded."), again=view.turn(PANEL),
                  on_click=lambda row: view.pick(PANEL, row["product"]))
    session.about(whole)
    panel(coverage)


def panel(coverage: Coverage) -> None:
    """The panel of the product that was clicked, once."""
    code = view.picked(PANEL)
    product = next((product for product in coverage.products if product.product == code), None)
    if product:
        st.dialog(_("Product"), width="large", position="right", icon=":material/inventory_2:")(_opened)(product)


def _opened(product: Product) -> None:
    """One product: its figures, and the entitlements behind them."""
    viewer, scene = session.enter_dialog(), session.scene()
    st.markdown(f"**{escape(product.name)}**")
    st.caption(escape(" · ".join(filter(None, (product.product, product.product_group, product.charge_metric)))))
    deployed = "–" if product.deployed is None else formats.number(product.deployed)
    metrics.row([
        metrics.Metric(_("Entitled"), formats.number(product.entitled)),
        metrics.Metric(_("Covered"), formats.number(product.covered), formats.percent(product.covered_share),
                       colour={"covered": "green", "partial": "orange"}.get(product.coverage_state, "red")),
        metrics.Metric(_("Deployed"), deployed, _("more than entitled") if product.over_deployed else None, colour="red"),
    ])
    rows = inventory.of_product(viewer, scene.filters, product.product, scene.today)
    chart.heading(_("Entitlements"), escape(ngettext("{count} row", "{count} rows", len(rows), count=formats.number(len(rows)))))
    columns = [column for name in OF_PRODUCT for column in inventory.COLUMNS if column.name == name]
    table.table(columns, rows, key="product_rows", alt=_("Entitlements"))
