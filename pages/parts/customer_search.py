"""Which customer: a search by agreement, site or name, those seen last, and the largest."""

from __future__ import annotations

import streamlit as st

from pages.parts import chart, explain, frame, session, states, table, view
from pages.parts.text import escape
from pao_core.customers import customer, customers
from pao_core.customers.customer import Customer, UnknownCustomer
from pao_core.filters import LABELS, Filters
from pao_core.locale import _

CUSTOMER = "pages/customers/customer.py"
SHOWN = ("customer_name", "customer", "sites", "lines", "amount_12_months", "currency")
LAST_SEEN = 6


def draw() -> None:
    """The search, and below it what is likely meant."""
    scene = session.scene()
    text = view.search("find_customer", _("Agreement, site number or name"))
    if text:
        with states.told():
            _found(text)
    seen = st.session_state.get("_customers_seen", {})
    if seen:
        chart.heading(_("Seen last"), "")
        with st.container(horizontal=True, gap="small"):
            for number, (name, params) in seen.items():
                st.page_link(CUSTOMER, label=escape(f"{name} · {number}"), query_params=params, icon=":material/history:")
    with states.told():
        rows = customer.largest(scene.viewer, scene.today)
        if not rows:
            table.nothing(scene, ("orders",))
            return
        chart.heading(_("Largest customers"), escape(_("By what they ordered in 12 months; click a row to open the customer")))
        columns = [column for name in SHOWN for column in customers.COLUMNS if column.name == name]
        row = table.table(columns, rows, key="largest", alt=_("Largest customers"), clickable=True)
        if row:
            view.open_customer(row["customer"])


def found(asked: Filters) -> Customer | None:
    """The customer that the address asks for; for one that no visible row is of, why there is none and which are like it."""
    viewer = session.scene().viewer
    try:
        return customer.find(viewer, next(iter(asked.agreement), None), next(iter(asked.site), None))
    except UnknownCustomer as problem:
        kind = "agreement" if asked.agreement else "site"
        with states.empty(_("No such customer"), str(problem), "person_off"):
            for number in problem.nearest:
                st.page_link(CUSTOMER, label=escape(number), query_params={kind: number}, icon=":material/business:")
        draw()
        frame.header(_(customer.TITLE), explain.freshness())
        return None


def _found(text: str) -> None:
    matches = customer.search(session.scene().viewer, text)
    if not matches:
        st.caption(escape(_("Nothing you see begins with or holds “{text}”.", text=text)))
    for match in matches:
        st.page_link(CUSTOMER, label=escape(f"{_(LABELS[match.kind])} {match.label}"), query_params={match.kind: match.number},
                     icon=":material/business:" if match.kind == "agreement" else ":material/location_on:")


def remember(found: Customer) -> None:
    """Keep the customer among those seen last."""
    kind, number = ("agreement", found.agreement.number) if found.agreement else ("site", found.main.number)
    others = {key: value for key, value in st.session_state.get("_customers_seen", {}).items() if key != number}
    st.session_state["_customers_seen"] = dict([(number, (found.name, {kind: number})), *others.items()][:LAST_SEEN])
