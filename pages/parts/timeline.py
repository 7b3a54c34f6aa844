"""The timeline of a customer: what happened, the newest first, of one topic or all; a click opens what stands behind a row."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from pages.parts import chart, explain, session, table, view
from pages.parts.text import escape
from pao_core.customers import timeline
from pao_core.customers.timeline import TOPIC_TEXTS, Happened
from pao_core.locale import _, formats, ngettext

CUSTOMER, ORDERS = "pages/customers/customer.py", "pages/orders/order_history.py"
# The tab that shows what a topic has.
TABS = {"renewals": "renewals", "coverage": "inventory", "subscriptions": "subscriptions", "notes": "notes"}
WIDTHS = {"what": 300}
MOST_WORDS = 160  # characters of a note in a row


def drawn() -> None:
    """The choice of a topic, the rows, and the way to more of them."""
    scene = session.scene()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        head = st.container(width="content")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            topic = view.choice("topic", {"": _("All"), **{name: _(text) for name, text in TOPIC_TEXTS.items()}}, label=_("What happened"))
            explain.text(_(timeline.DEFINITION), key="timeline")
    key = f"page_timeline_{topic}_{hash(scene.filters)}"
    number: int = st.session_state.get(key, 1)
    page = timeline.page(scene.viewer, scene.filters, scene.today, (topic,) if topic else (), limit=table.PAGE, offset=(number - 1) * table.PAGE)
    if not page.rows and number > 1:  # what was there has gone
        st.session_state[key] = 1
        st.rerun()
    with head:
        chart.heading(_("Timeline"), escape(ngettext("{count} event, the newest first; click a row for what stands behind it",
                                                     "{count} events, the newest first; click a row for what stands behind it", page.count,
                                                     count=formats.number(page.count))))
    if not page.rows:
        st.caption(_("Nothing of this has happened up to today."))
        return
    clicked = table.table(timeline.COLUMNS, [_row(row) for row in page.rows], key=f"timeline_{topic}_{number}_{hash(scene.filters)}",
                          alt=_("Timeline"), clickable=True, widths=WIDTHS)
    table.pages(page.count, number, key)
    if clicked:
        _open_behind(clicked["row"])


def _row(row: Happened) -> dict[str, object]:
    what = row.what if row.what is None or len(row.what) <= MOST_WORDS else f"{row.what[:MOST_WORDS - 1].rstrip()}…"
    number = None if row.topic == "notes" else row.number  # a note's is nothing to a reader
    return asdict(row) | {"number": number, "what": what, "row": row}


def _open_behind(row: Happened) -> None:
    """The orders of the day, or the tab that has what the row is about."""
    filters = session.scene().filters
    if row.topic == "orders":
        view.open_page(ORDERS, filters.but(from_=row.on, to=row.on), form="detail")
    else:
        view.open_page(CUSTOMER, filters, tab=TABS[row.topic])
