"""How much may be ordered at the reseller's own site without its primary contact: by role and currency."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from pages.parts import chart, money, session, states, table, view
from pages.parts.text import escape
from pao_core.access.rights import ROLES
from pao_core.access.verbs import VERBS
from pao_core.locale import N_, Refused, _, formats
from pao_core.money import decimals
from pao_core.report import Column
from pao_core.settings import site
from pao_core.settings.site import LIMITED, OutdatedLimits

COLUMNS = (Column("currency_name", N_("Currency")), *(Column(role, ROLES[role]) for role in LIMITED))
Limits = dict[str, Decimal | None]


def listed(number: str) -> None:
    """The limits of a site; a click on a currency opens them for the primary contact."""
    viewer = session.scene().viewer
    found, sets = site.limits(viewer, number), viewer.may_act(VERBS["limits.changed"], number)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        with st.container(width="content"):
            chart.heading(_("Approval limits"), escape(_("An order above the amount needs the primary contact; the primary contact sets the limits")))
        if sets and st.button(_("Set a limit"), icon=":material/add:", key="limit_add"):
            view.pick("limit", "")
    if found:
        row = table.table(COLUMNS, [_row(currency, limits) for currency, limits in found.items()], key=f"limits_{number}_{view.turn('limit')}",
                          alt=_("Approval limits"), clickable=sets)
        if row is not None:
            view.pick("limit", row["code"])
        st.caption(escape(_("In any other currency there is no limit.")))
    else:
        states.empty(_("No limit is set"), _("Secondary contacts and users may order any amount without the primary contact."), "payments")
    picked = view.picked("limit")
    if picked is not None:
        st.session_state["_limits_seen"] = found
        st.dialog(_("Approval limits"), width="small", position="right", icon=":material/payments:")(_opened)(number, picked)


def _row(currency: str, limits: Limits) -> dict[str, str]:
    amounts = {role: _("no limit") if amount is None else formats.money(amount, currency) for role, amount in limits.items()}
    return {"code": currency, "currency_name": money.names([currency])[currency], **amounts}


def _opened(number: str, currency: str) -> None:
    """The limits of one currency, or of one to choose."""
    viewer = session.enter_dialog()
    key, none = f"l_{number}_{view.turn('limit')}", dict.fromkeys(LIMITED)
    st.markdown(f"**{escape(_('Site {number}', number=number))}**")
    codes = money.names([currency] if currency else sorted(site.CURRENCIES))
    chosen = st.selectbox(_("Currency"), list(codes), 0 if currency else None, format_func=lambda code: codes[code], placeholder="–",
                          disabled=bool(currency), key=f"{key}_code")
    if chosen is None:
        return
    seen: Limits = st.session_state["_limits_seen"].get(chosen, none)
    with st.form(f"{key}_{chosen}", border=False):
        written = {role: st.text_input(_(ROLES[role]), _written(seen[role], chosen), placeholder=_("no limit"), max_chars=30,
                                       key=f"{key}_{chosen}_{role}_{seen[role]}") for role in LIMITED}
        st.caption(escape(_("Empty is no limit; zero means that every order needs the primary contact.")))
        saved = st.form_submit_button(session.on_primary(_("Save")), type="primary")
    if saved:
        try:
            site.set_limits(viewer, number, chosen, {role: site.amount(text, chosen) for role, text in written.items()}, seen)
        except OutdatedLimits as problem:
            states.refused(problem)
            now = st.session_state["_limits_seen"] = site.limits(viewer, number)
            st.markdown("\n".join(f"- {escape(_(ROLES[role]))}: {escape(_row(chosen, now.get(chosen, none))[role])}" for role in LIMITED))
        except Refused as problem:
            states.refused(problem)
        else:
            st.toast(_("The limits are set."), icon=":material/check:")
            st.rerun()


def _written(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else formats.number(amount, decimals(currency))
