"""Renewals > Price notifications: what the prices to come do to open renewal lines, by when to order, and whom to write to."""

from datetime import date

import streamlit as st

from pages.parts import filter_bar, money, price_impact, renewal_line, session, states, table, view
from pages.parts.text import escape
from pao_core.locale import N_, _, formats, ngettext, words
from pao_core.renewals import price_figures, price_mailing, price_notifications
from pao_core.report import totals_of

WAYS = {"agreement": N_("Agreement number"), "customer": N_("Customer"), "part": N_("Part number"), "product_group": N_("Product group"),
        "month": N_("Month"), "country": N_("Country/region"), "effect": N_("Effect"), "band": N_("Size of the change"),
        "edition": N_("Prices from"), "site": N_("Site number"), "quote": N_("Quote number")}
FIRST = ("effect", "customer_name", "part_description", "order_before", "coverage_start", "currency", "old_amount", "new_amount", "difference",
         "change", "old_price", "new_price", "edition", "quantity", "due_date", "country", "price_level", "agreement_number", "quote_number")

scene = session.enter(price_notifications.RIGHT)


def shortcuts(days: list[date]) -> None:
    """Which edition, where several are to come; and which effect."""
    if len(days) > 1:
        filter_bar.shortcuts(_("Price edition"), {"": {"edition": None}, **{str(day): {"edition": day} for day in days}},
                             {"": _("The next prices"), **{str(day): formats.day(day) for day in days}})
    effects = {"": (), "rises": ("rises",), "falls": ("falls",), "before": ("before",), "apart": price_notifications.APART}
    names = {effect: words.word("price_effect", effect) for effect in effects} | {"": _("All lines"), "apart": _("Without both prices")}
    filter_bar.shortcuts(_("Effect"), {effect: {"effect": codes} for effect, codes in effects.items()}, names)


def clicked(by: str, row: table.Row) -> None:
    """The panel of a line; the lines behind a sum."""
    if by:
        view.narrow(price_figures.behind(scene.viewer, scene.filters, by, row[by], scene.today), form="detail")
    else:
        renewal_line.pick(row)


with states.told():
    days = price_figures.editions(scene.viewer, scene.today)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        shortcuts(days)
        currency = money.chosen(totals_of(price_notifications, scene.viewer, scene.filters.but(effect=()), scene.today))
    if currency and days:
        price_impact.impact(price_figures.impact(scene.viewer, scene.filters, currency, scene.today), currency)
        st.caption(escape(_("Click a line for what waiting costs and why it is due that day; click a sum for its lines")))
    elif currency:
        states.empty(_("No prices to come"), _("Differences appear here as soon as a price file with a later first day has been imported."), "sell")
table.section(price_notifications, WAYS, first=FIRST, on_click=clicked, again=view.turn(renewal_line.PANEL),
              says=lambda result: ngettext("{count} renewal line", "{count} renewal lines", money.lines(result.totals)))
with states.told():
    table.listing(price_mailing, empty=_("No price of your customers rises: there is nobody to write to."))
renewal_line.opened()
