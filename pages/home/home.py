"""Home: the first look of the day; each figure opens the page behind it."""

import streamlit as st

from pages.parts import chart, explain, frame, session, states, table, tiles, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.access.rights import DATA_IMPORT, OPERATOR, PRICES_DOWNLOAD
from pao_core.home import home
from pao_core.locale import _, formats, ngettext
from pao_core.orders import figures, order_history

ORDERS, CUSTOMERS = "pages/orders/order_history.py", "pages/customers/customers.py"
PRICES, DATA = "pages/prices/price_files.py", "pages/settings/data.py"
SHOWN = ("order_date", "customer_name", "currency", "amount", "order_type", "part_description")

scene = session.enter(home.RIGHT)
viewer, today = scene.viewer, scene.today


def sold_tile(icon: str, label: str, sold: home.Sold | None) -> tiles.Tile:
    """What was ordered in a period, in the currency of most lines."""
    if sold is None:
        return tiles.Tile(icon, label, "–", _("no orders"), ORDERS, _("Orders"), "gray")
    note = ngettext("{count} order", "{count} orders", sold.orders, count=formats.number(sold.orders))
    if sold.change is not None:
        note = f"{formats.signed_percent(sold.change)} · {note}"
    return tiles.Tile(icon, label, formats.compact_money(sold.amount, sold.currency), note, ORDERS, _("Orders"), params=sold.filters.to_params())


def all_tiles(year: home.Sold | None) -> list[tiles.Tile]:
    """The tiles that this viewer may see."""
    found = []
    if home.may_see_orders(viewer):
        known, active = home.customer_count(viewer, today)
        found += [sold_tile("calendar_today", _("This month"), home.this_month(viewer, today)), sold_tile("date_range", _("12 months"), year),
                  tiles.Tile("groups", _("Customers"), formats.number(known), _("{count} with orders", count=formats.number(active)),
                             CUSTOMERS, _("Customers"), "green")]
    if viewer.may(PRICES_DOWNLOAD):
        ahead = home.next_edition(viewer, today)
        note = ngettext("{count} price", "{count} prices", ahead.prices, count=formats.number(ahead.prices)) if ahead else _("no prices ahead")
        found.append(tiles.Tile("sell", _("Next prices"), formats.day(ahead.effective_from) if ahead else "–", note, PRICES, _("Files"), "orange"))
    if viewer.may(DATA_IMPORT) or viewer.may(OPERATOR):
        found.append(tiles.Tile("database", _("Data"), explain.age_in_words(scene), explain.age(scene), DATA, _("Import"), "gray"))
    return found


def orders(year: home.Sold) -> None:
    """The newest lines; value by month and by product group."""
    left, right = st.columns([1.8, 1], gap="medium")
    with left, states.told():
        chart.heading(_("Latest order lines"), escape(_("Newest first; click a line for the customer's orders")))
        columns = [column for name in SHOWN for column in order_history.COLUMNS if column.name == name]
        line = table.table(columns, home.latest_orders(viewer, today), key="latest", alt=_("Latest order lines"), clickable=True)
        if line:
            view.open_page(ORDERS, figures.behind(viewer, figures.NO_FILTERS, "customer", line["customer"]), form="detail")
    with right, states.told():
        figure, size = charts.monthly(home.by_month(viewer, year, today), session.mode())
        chart.heading(_("Value by month"), escape(_("{currency}, 12 months", currency=f"{formats.currency_symbol(year.currency)} {size}".strip())))
        month = chart.chart(figure, key="months", alt=_("Value by month"))
        chart.heading(_("By product group"), escape(_("{currency} and share of the whole", currency=formats.currency_symbol(year.currency))))
        group = chart.chart(charts.ranked(home.by_product_group(viewer, year, today), "product_group", session.mode(),
                                          lambda name: name or _("No group"), most=5), key="groups", alt=_("Value by product group"))
        if month or group:
            view.open_page(ORDERS, figures.behind(viewer, year.filters, "month" if month else "product_group", month or group))


with states.told():
    year = home.twelve_months(viewer, today) if home.may_see_orders(viewer) else None
    tiles.row(all_tiles(year))
    if year:
        if year.other_currencies:
            st.caption(escape(ngettext("Figures in {currency}; there are orders in {count} more currency, never added to it.",
                                       "Figures in {currency}; there are orders in {count} more currencies, never added to it.",
                                       year.other_currencies, currency=year.currency)))
        orders(year)
frame.header(_("Hello, {name}", name=viewer.name.split()[0]), escape(f"{formats.long_day(today)} · ") + explain.freshness())
