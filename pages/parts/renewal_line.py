"""The panel of one renewal line: what it is, what waiting costs, why it is due on its day, and where to go from there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import metrics, session, table, view
from pages.parts.text import escape
from pao_core.dates import explain_due
from pao_core.filters import Filters
from pao_core.locale import _, formats, ngettext, words
from pao_core.renewals import waiting
from pao_core.renewals.waiting import Waiting

PANEL = "renewal_line"
CUSTOMER, ORDERS = "pages/customers/customer.py", "pages/orders/order_history.py"
COLOURS = {**dict.fromkeys(words.LATE_BUCKETS, "red"), "overdue": "red", "0-30": "orange", "expired": "red", "expiring": "orange", "valid": "green"}
Line = dict[str, Any]


def pick(line: table.Row) -> None:
    """Open the panel about a line that was clicked."""
    view.pick(PANEL, dict(line))


def opened() -> None:
    """The panel, when a line was picked."""
    line = view.picked(PANEL)
    if line:
        st.dialog(_("Renewal line"), width="medium", position="right", icon=":material/event_repeat:")(_panel)(line)


def _panel(line: Line) -> None:
    viewer, scene = session.enter_dialog(), session.scene()
    whom = Filters(agreement=(line["agreement_number"],)) if line["agreement_number"] else Filters(site=(line["site_number"],))
    _head(line)
    _cost(line, waiting.waiting(viewer, line, scene.today))
    _why(line)
    view.leave(whom.to_params())
    with st.container(horizontal=True, gap="small"):
        for file, label, icon in ((CUSTOMER, _("Open customer"), "person"), (ORDERS, _("Orders of this customer"), "receipt_long")):
            st.page_link(file, label=label, icon=f":material/{icon}:", query_params=whom.to_params())


def _head(line: Line) -> None:
    st.markdown(f"**{escape(line['customer_name'])}**")
    number = (_("Agreement {number}", number=line["agreement_number"]) if line["agreement_number"]
              else _("Site {number}", number=line["site_number"]))
    st.caption(escape(" · ".join([number, line["part_number"], line["part_description"]])))
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(escape(_due_in(line["days_to_due"])), color=COLOURS.get(line["bucket"], "blue"))
        st.badge(escape(_quote(line)), color=COLOURS.get(line["quote_state"], "gray"))
        if line["program"]:
            st.badge(escape(words.word("program", line["program"])), color="gray")
    metrics.row([
        metrics.Metric(_("Amount"), formats.money(line["amount"], line["currency"])),
        metrics.Metric(_("Quantity"), formats.number(line["quantity"]), line["charge_metric"], colour="gray" if line["charge_metric"] else None),
    ])


def _due_in(days: int) -> str:
    if days < 0:
        return ngettext("{count} day overdue", "{count} days overdue", -days, count=formats.number(-days))
    return ngettext("due in {count} day", "due in {count} days", days, count=formats.number(days)) if days else _("due today")


def _quote(line: Line) -> str:
    number, expires = line["quote_number"], line["quote_expires"]
    if expires is None:
        return _("Quote {number}", number=number)
    if line["quote_state"] == "expired":
        return _("Quote {number} expired on {day}", number=number, day=formats.day(expires))
    return _("Quote {number} holds until {day}", number=number, day=formats.day(expires))


def _cost(line: Line, found: Waiting) -> None:
    st.markdown(f"**{escape(_('What waiting costs'))}**")
    if len(found.costs) > 1:
        rows = [{"when": _(cost.what, day=formats.day(cost.day)), "amount": cost.amount, "currency": line["currency"], "change": cost.change,
                 "part_number": cost.price.part_number if cost.price else None, "priced_since": cost.price.starts if cost.price else None}
                for cost in found.costs]
        table.table(waiting.COLUMNS, rows, key="waiting", alt=_("What waiting costs"))
        st.caption(escape(_("List prices without tax at level {level}; the line's own price may hold a discount.", level=line["price_level"])))
    for remark in found.remarks:
        st.caption(escape(_(remark)))


def _why(line: Line) -> None:
    st.markdown(f"**{escape(_('Why this date'))}**")
    reckoned = explain_due(line["part_type"] or "unknown", line["program"], line["anniversary_date"], line["coverage_start"], line["coverage_end"],
                           line["due_date"])
    st.markdown("\n".join(f"- {escape(step.words())} :small[:gray[{escape(step.rule.words())}]]" for step in reckoned.steps))
