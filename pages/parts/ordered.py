"""What was ordered, in figures above the lines of the order history."""

from __future__ import annotations

from pages.parts import metrics, session
from pages.parts.explain import Number
from pao_core.locale import _, formats
from pao_core.orders import figures, order_history


def figures_of(currency: str) -> None:
    """Four figures, against the period before when the filters have a beginning."""
    scene = session.scene()
    now = figures.figures(scene.viewer, scene.filters, currency, scene.today)
    then = figures.figures_before(scene.viewer, scene.filters, currency, scene.today)
    course = figures.by_month(scene.viewer, scene.filters, currency, scene.today)
    value, orders = (Number(order_history, measure, currency, scene.filters) for measure in ("amount", "orders"))
    renewed = Number(order_history, "amount", currency, figures.of_renewals(scene.filters), _("Renewals"))
    metrics.row([
        metrics.Metric(_("Value ordered"), formats.compact_money(now.amount, currency), metrics.relative(now.amount, then and then.amount),
                       [float(month.amount) for month in course], numbers=(value,)),
        metrics.Metric(_("Orders"), formats.number(now.orders), metrics.absolute(now.orders, then and then.orders),
                       [month.orders for month in course], numbers=(orders,)),
        metrics.Metric(_("Value per order"), formats.compact_money(now.per_order, currency) if now.per_order else "–",
                       metrics.relative(now.per_order, then and then.per_order), [float(month.per_order or 0) for month in course],
                       numbers=(value, orders), formula=_("The value ordered, divided by the number of orders.")),
        metrics.Metric(_("Renewals' share of the value"), formats.percent(now.renewal_share) if now.renewal_share is not None else "–",
                       metrics.points(now.renewal_share, then and then.renewal_share), [month.renewal_share or 0 for month in course],
                       numbers=(renewed, value), formula=_("The value of the orders of type renewal, divided by the value ordered.")),
    ])
