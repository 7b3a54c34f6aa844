"""The panel of one subscription: what is entitled, its use by period, the form behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts import chart, metrics, session, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.customers import subscriptions
from pao_core.locale import N_, _, formats, words
from pao_core.report import Column

PANEL = "subscription"
FORM = (Column("element", N_("Element")), Column("value", N_("Answer")), Column("required", N_("Required")),
        Column("submitted_on", N_("Submitted on"), "date"))
SHOWN_PERIODS = 12


def listed() -> None:
    """The subscriptions with their use; a click opens one."""
    table.listing(subscriptions, bars={"used_share": "blue"}, empty=_("No subscription has been loaded."), again=view.turn(PANEL),
                  on_click=lambda row: view.pick(PANEL, dict(row)))
    row = view.picked(PANEL)
    if row:
        _opened(row)


@st.dialog(" ", width="medium", position="right", icon=":material/cloud:")
def _opened(row: Mapping[str, Any]) -> None:
    viewer, scene = session.enter_dialog(), session.scene()
    key = (row["reseller_site_number"], row["subscription_number"])
    st.markdown(f"**{escape(row['part_description'])}**")
    facts = [row["subscription_number"], words.word("fulfillment_status", row["fulfillment_status"]) if row["fulfillment_status"] else None,
             f"{formats.day(row['start'])} - {formats.day(row['end']) if row['end'] else '…'}" if row["start"] else None]
    st.caption(escape(" · ".join(fact for fact in facts if fact)))
    share = row["used_share"]
    metrics.row([
        metrics.Metric(_("Entitled"), formats.number(row["entitled_quantity"])),
        metrics.Metric(_("Used"), "–" if row["used_quantity"] is None else formats.number(row["used_quantity"]),
                       None if share is None else formats.percent(share), colour="red" if share and share > 1 else "gray"),
        metrics.Metric(_("Overage, 12 months"), "–" if row["overage_12_months"] is None else formats.number(row["overage_12_months"])),
    ])
    periods = subscriptions.periods(viewer, scene.filters, *key)[-SHOWN_PERIODS:]
    if periods:
        chart.heading(_("Use by period"), escape(_("{quantity} entitled; overage is what goes beyond it",
                                                   quantity=formats.number(row["entitled_quantity"]))))
        bars = [Bar(period.start.isoformat(), formats.month(period.start), float(period.used), formats.compact(period.used)) for period in periods]
        st.plotly_chart(charts.columns(bars, session.mode()), config={"displayModeBar": False}, key="use", alt=_("Use by period"))
    elements = subscriptions.form(viewer, scene.filters, *key)
    if elements:
        chart.heading(_("Provisioning form"), escape(_("What the vendor asks before the service is provisioned")))
        rows = [{"element": one.element, "value": one.value, "required": _("yes") if one.required else _("no"), "submitted_on": one.submitted_on}
                for one in elements]
        table.table(FORM, rows, key="form", alt=_("Provisioning form"))
    if not periods and not elements:
        st.caption(_("No use and no provisioning form have been loaded for it."))
