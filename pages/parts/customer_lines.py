"""A customer's lines: what falls due and what was settled, what was ordered; each with its chart above."""

from __future__ import annotations

from pages.parts import chart, renewal_line, session, table, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.customers import renewal_history
from pao_core.locale import _, formats
from pao_core.orders import figures, order_history
from pao_core.renewals import renewals
from pao_core.report import run

ORDERS = "pages/orders/order_history.py"
DUE_FIRST = ("bucket", "due_date", "days_to_due", "part_description", "currency", "amount", "quantity", "quote_number", "site_name")
SAME = ("customer", "customer_name", "agreement_number", "program", "price_level", "anniversary_date", "status")
ORDER_FIRST = ("order_date", "order_number", "order_type", "part_description", "currency", "amount", "quantity", "site_name")


def to_renew(currency: str | None) -> None:
    """What falls due by month, the open lines, then those that are settled. A click on an open line opens it."""
    scene = session.scene()
    rows = run(renewals, scene.viewer, scene.filters, today=scene.today, by="month", measures=("amount",), totals=False, currency=currency).rows
    if currency and rows:
        figure, size = charts.due_columns(rows, session.mode(), step="month", today=scene.today)
        chart.heading(_("Due by month"), escape(f"{formats.currency_symbol(currency)} {size}".strip()))
        chart.chart(figure, key=f"due_{currency}_{hash(scene.filters)}", alt=_("Due by month"))
    table.listing(renewals, first=DUE_FIRST, without=SAME, empty=_("No renewal line is open."),
                  again=view.turn(renewal_line.PANEL), on_click=renewal_line.pick)
    renewal_line.opened()
    table.listing(renewal_history, empty=_("No renewal line is settled yet."))


def ordered(currency: str | None) -> None:
    """Value over time by product group, then the lines. A click on a point or a line shows the orders of that time."""
    scene = session.scene()
    rows = run(order_history, scene.viewer, scene.filters, today=scene.today, by=("month", "product_group"), measures=("amount",), totals=False,
               currency=currency).rows
    if currency and rows:
        step = "quarter" if charts.is_by_quarter(rows) else "month"
        chart.heading(_("Value by quarter") if step == "quarter" else _("Value by month"),
                      escape(_("{currency}; click for the lines behind", currency=formats.currency_symbol(currency))))
        figure = charts.over_time(rows, "product_group", session.mode(), lambda group: group or _("No group"))
        point = chart.chart(figure, key=f"orders_{currency}_{hash(scene.filters)}", alt=_("Value by month"))
        if point:
            view.open_page(ORDERS, figures.behind(scene.viewer, scene.filters, step, point[1]), form="detail")
    table.listing(order_history, first=ORDER_FIRST, without=SAME[:3], empty=_("No order line has been loaded."),
                  on_click=lambda line: view.open_page(ORDERS, scene.filters.within(line["order_date"], line["order_date"]), form="detail"))
