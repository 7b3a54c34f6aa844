"""What is deployed: the figures of many entitlements; and the panel of one, with a number to enter, and who entered which when."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from pages.parts import chart, explain, metrics, session, states, table, view
from pages.parts.text import escape
from pao_core.customers import deployment, entitlements
from pao_core.customers.deployment import Deployment, Key, Outdated
from pao_core.filters import Filters
from pao_core.locale import Refused, _, formats, ngettext, words
from pao_core.report import totals_of

PANEL, SEEN = "deployment", "_deployment_seen"
Row = dict[str, Any]


def figures(standing: Filters) -> None:
    """What stands by these filters, what is deployed of it, what exceeds it, what nobody counted."""
    scene = session.scene()
    (total,) = totals_of(entitlements, scene.viewer, standing, scene.today) or [dict.fromkeys(entitlements.MEASURES, 0)]
    of_state = " · ".join(words.word("entitlement_state", state) for state in standing.state)
    customers = ngettext("{count} customer", "{count} customers", total["customers"], count=formats.number(total["customers"]))
    share, over, uncounted = total["deployed_share"], total["over_deployed"], total["entitlements"] - total["counted"]
    above = _("{quantity} above entitled", quantity=formats.number(total["over_quantity"]))
    numbers = partial(explain.numbers, entitlements, filters=standing)
    metrics.row([
        metrics.Metric(_("Entitlements"), formats.number(total["entitlements"]), of_state, about=customers, colour="blue",
                       numbers=numbers("entitlements")),
        metrics.Metric(_("Deployed share"), formats.percent(share) if share is not None else "–",
                       _("{counted} counted", counted=formats.number(total["counted"])), colour="gray",
                       numbers=numbers("deployed_share"), help=_("Deployed quantity against the entitled quantity of those that were counted")),
        metrics.Metric(_("Over-deployed"), formats.number(over), above, colour="red" if over else "green", numbers=numbers("over_deployed")),
        metrics.Metric(_("Not counted"), formats.number(uncounted), _("nobody entered what is deployed"), colour="gray",
                       numbers=numbers("entitlements", "counted"), formula=_("Entitlements, less those that were counted.")),
    ])


def pick(row: table.Row) -> None:
    """Open the panel about an entitlement that was clicked."""
    view.pick(PANEL, dict(row))


def opened() -> None:
    """The panel, when an entitlement was picked."""
    row = view.picked(PANEL)
    if row:
        st.session_state.pop(SEEN, None)
        st.dialog(_("Entitlement"), width="medium", position="right", icon=":material/inventory_2:")(_panel)(row)


def _panel(row: Row) -> None:
    viewer = session.enter_dialog()
    key = Key(*(row[name] for name in Key._fields))
    try:
        found = deployment.current(viewer, key)
    except Refused as problem:
        states.refused(problem)
        return
    # What is entered is based on what stood here when the panel opened, not on what somebody wrote since.
    st.session_state.setdefault(SEEN, found.version)
    _head(row, found)
    if found.may_enter:
        _form(key, found)
    else:
        st.caption(escape(_("Those with the privilege Data import at reseller site {site} enter what is deployed.", site=key.reseller_site_number)))
    _history(found)
    if st.button(_("Open the customer"), icon=":material/arrow_forward:", type="tertiary", key="deployment_customer"):
        view.open_customer(site=key.site_number)


def _head(row: Row, found: Deployment) -> None:
    st.markdown(f"**{escape(row['product_name'])}**")
    end = formats.day(row["coverage_end"]) if row["coverage_end"] else "…"
    st.caption(escape(" · ".join([row["customer_name"], _("Site {number}", number=row["site_number"]), row["part_number"],
                                  f"{formats.day(row['coverage_start'])} - {end}"])))
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(escape(words.word("entitlement_state", row["state"])), color="green" if row["state"] == "active" else "gray")
        if row["kind"]:
            st.badge(escape(words.word("entitlement_kind", row["kind"])), color="gray")
    share = found.deployed / found.quantity if found.deployed is not None and found.quantity > 0 else None
    over = share is not None and share > 1
    metrics.row([
        metrics.Metric(_("Entitled"), formats.number(found.quantity), row["charge_metric"], colour="gray" if row["charge_metric"] else None),
        metrics.Metric(_("Deployed"), _("not counted") if found.deployed is None else formats.number(found.deployed),
                       None if share is None else _("{share}, more than entitled", share=formats.percent(share)) if over else formats.percent(share),
                       colour="red" if over else "gray"),
    ])


def _form(key: Key, found: Deployment) -> None:
    place = f"deployed_{view.turn(PANEL)}"
    with st.form(place, border=False):
        text = st.text_input(_("Deployed now"), "" if found.deployed is None else formats.number(found.deployed), key=f"{place}_number",
                             max_chars=deployment.LONGEST, help=_("Empty: nobody has counted"))
        entered = st.form_submit_button(session.on_primary(f":material/check: {_('Enter')}"), type="primary")
    if not entered:
        return
    try:
        deployment.enter(session.enter_dialog(), key, deployment.written(text), st.session_state[SEEN])
    except Outdated as problem:
        st.session_state[SEEN] = found.version
        states.refused(problem)
    except Refused as problem:
        states.refused(problem)
    else:
        st.toast(_("The number is entered."), icon=":material/check:")
        st.rerun()


def _history(found: Deployment) -> None:
    viewer = session.scene().viewer
    told = ngettext("{count} change, the newest first", "{count} changes, the newest first", len(found.history),
                    count=formats.number(len(found.history)))
    chart.heading(_("History"), escape(told))
    if found.history:
        names = viewer.colleagues()
        rows = [{"at": formats.moment(change.at, viewer.store.settings.timezone), "before": change.before, "after": change.after,
                 "who": names.get(change.who or "", change.who), "how": _(deployment.WAYS[change.how]) if change.how else None}
                for change in found.history]
        table.table(deployment.COLUMNS, rows, key="deployment_history", alt=_("History"))
