"""Subscriptions of a customer: use against the entitlement, period by period; the list; the panel of one with the form behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.parts import chart, metrics, session, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Used
from pao_core.customers import subscriptions
from pao_core.customers.subscriptions import Period
from pao_core.filters import Filters
from pao_core.locale import N_, _, formats, words
from pao_core.report import Column, run

PANEL = "subscription"
FORM = (Column("element", N_("Element")), Column("value", N_("Answer")), Column("required", N_("Required")),
        Column("submitted_on", N_("Submitted on"), "date"))
PERIODS = (
    Column("start", N_("From"), "date"), Column("end", N_("To"), "date"), Column("used", N_("Used"), "quantity"),
    Column("entitled", N_("Entitled"), "quantity"), Column("beyond", N_("Beyond the entitlement"), "quantity"),
    Column("overage", N_("Overage"), "quantity", N_("As it was loaded")), Column("suppressed", N_("Suppressed")),
    Column("suppression_reason", N_("Reason for the suppression")),
)
SHOWN_PERIODS = 12
OFFERED = 100  # subscriptions of whose use one is drawn; the list below has all
CHOICE_WIDTH = 420
Row = Mapping[str, Any]


def listed() -> None:
    """The use of one, the one over its entitlement most at first; then all with their use, where a click opens one."""
    _drawn()
    table.listing(subscriptions, bars={"used_share": "blue"}, empty=_("No subscription has been loaded."), again=view.turn(PANEL),
                  on_click=lambda row: view.pick(PANEL, dict(row)))
    row = view.picked(PANEL)
    if row:
        _open(row)


def pick(row: Row) -> None:
    """Open the panel about the subscription that a row of a report names, with its site."""
    view.pick(PANEL, (row["site_number"], row["reseller_site_number"], row.get("subscription_number") or row["subscription"]))


def opened() -> None:
    """The panel, when a row of a report was picked."""
    scene, picked = session.scene(), view.picked(PANEL)
    if picked:
        site, reseller, number = picked
        rows = run(subscriptions, scene.viewer, Filters(site=(site,)), today=scene.today, form="detail", totals=False).rows
        _open(next(row for row in rows if (row["reseller_site_number"], row["subscription_number"]) == (reseller, number)))


def _drawn() -> None:
    scene = session.scene()
    rows = run(subscriptions, scene.viewer, scene.filters, today=scene.today, form="detail", sort="-used_share", limit=OFFERED, totals=False).rows
    used = {f"{row['reseller_site_number']}:{row['subscription_number']}": row for row in rows if row["used_quantity"] is not None}
    if not used:
        return
    named = {code: f"{row['part_description']} · {row['subscription_number']}" for code, row in used.items()}
    row = used[view.choice("subscription", named, label=_("Subscription"), width=CHOICE_WIDTH)]
    periods = subscriptions.periods(scene.viewer, scene.filters, row["reseller_site_number"], row["subscription_number"])
    _use(row, periods[-SHOWN_PERIODS:], "of_customer")


def _use(row: Row, periods: Sequence[Period], key: str) -> None:
    """The periods drawn against what is entitled, and the same as a table."""
    entitled = row["entitled_quantity"]
    chart.heading(_("Use by period"), escape(_("{quantity} entitled. Hatched is what goes beyond it, crossed what of that is suppressed.",
                                               quantity=formats.number(entitled))))
    drawn = [Used(period.start.isoformat(), formats.month(period.start), float(period.used), period.suppressed, formats.compact(period.used))
             for period in periods]
    st.plotly_chart(charts.used_columns(drawn, float(entitled), session.mode()), config={"displayModeBar": False}, key=f"use_{key}",
                    alt=_("Use by period against the entitlement"))
    with st.expander(_("The periods as a table"), icon=":material/table_rows:"):
        table.table(PERIODS, [
            {"start": period.start, "end": period.end, "used": period.used, "entitled": entitled, "beyond": max(period.used - entitled, 0),
             "overage": period.overage, "suppressed": _("yes") if period.suppressed else _("no"), "suppression_reason": period.suppression_reason}
            for period in reversed(periods)], key=f"periods_{key}", alt=_("The periods as a table"))


def _open(row: Row) -> None:
    st.dialog(_("Subscription"), width="medium", position="right", icon=":material/cloud:")(_opened)(row)


def _opened(row: Row) -> None:
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
        _use(row, periods, "of_panel")
    elements = subscriptions.form(viewer, scene.filters, *key)
    if elements:
        chart.heading(_("Provisioning form"), escape(_("What the vendor asks before the service is provisioned")))
        rows = [{"element": one.element, "value": one.value, "required": _("yes") if one.required else _("no"), "submitted_on": one.submitted_on}
                for one in elements]
        table.table(FORM, rows, key="form", alt=_("Provisioning form"))
    if not periods and not elements:
        st.caption(_("No use and no provisioning form have been loaded for it."))
