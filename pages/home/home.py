"""Home: my morning. What is due and overdue, what to do first, my next steps, what changed; each figure opens the page behind it."""

from datetime import date

import streamlit as st

from pages.parts import chart, explain, frame, news, next_steps, price_impact, renewal_line, saved_views, session, states, table, tiles, view
from pages.parts.access import guide, people
from pages.parts.text import escape
from pao_core import charts
from pao_core.access.people import requests
from pao_core.access.rights import DATA_IMPORT, OPERATOR, PRICES_DOWNLOAD
from pao_core.home import home, told
from pao_core.home.news import facts, last_look
from pao_core.locale import N_, _, formats

RENEWALS, ORDERS, DATA = (f"pages/{page}.py" for page in ("renewals/renewals", "orders/order_history", "settings/data"))
DUE = {"overdue": ("error", "red", N_("Overdue"), N_("Resolve")),
       "week": ("schedule", "orange", N_("Due in 7 days"), N_("Week")), "month": ("calendar_month", "blue", N_("Due in 30 days"), N_("Month")),
       "expiring": ("hourglass_bottom", "orange", N_("Quotes expiring"), N_("Quotes"))}
WHOSE = {"mine": N_("My portfolio"), "all": N_("All of the site")}

scene = session.enter(home.RIGHT)
viewer, today = scene.viewer, scene.today


def lines_tile(icon: str, colour: str, label: str, link: str, page: str, worth: home.Worth, more: str) -> tiles.Tile:
    """What lines are worth; it opens exactly these."""
    value, number = formats.compact_money(worth.amount, worth.currency), explain.Number(worth.report, "amount", worth.currency, worth.filters)
    return tiles.Tile(icon, _(label), value, told.note(worth, more), page, _(link), colour, worth.filters.to_params(), numbers=[number])


def all_tiles(currency: str | None) -> list[tiles.Tile]:
    """The tiles that this viewer may see."""
    due = home.due(viewer, whose, currency, today) if currency else {}
    more = {"week": told.due_today(due["today"].lines), "expiring": told.expired(home.expired(viewer, whose, today))} if due else {}
    found = [lines_tile(*DUE[name], RENEWALS, due[name], more.get(name, "")) for name in DUE if due]
    if home.may_see_lines(viewer) and (ordered := home.renewed(viewer, whose, currency, today)):
        found.append(lines_tile("check_circle", "green", N_("Renewed this quarter"), N_("Orders"), ORDERS, ordered,
                                told.on_time(home.on_time(viewer, whose, today))))
    if viewer.may(PRICES_DOWNLOAD):
        found.append(price_impact.ahead(home.prices_ahead(viewer, whose, today)))
    if not home.may_see_lines(viewer) and (viewer.may(DATA_IMPORT) or viewer.may(OPERATOR)):
        found.append(tiles.Tile("database", _("Data"), explain.age_in_words(scene), explain.age(scene), DATA, _("Import"), "gray"))
    return found


def queue(currency: str) -> None:
    """The lines to begin with; a click opens the line's panel."""
    chart.heading(_("Today's queue"), escape(_("Overdue, then due in 30 days, the most valuable first (in {currency})", currency=currency)))
    row = table.table(home.COLUMNS, home.queue(viewer, whose, currency, today), key=f"queue_{view.turn(renewal_line.PANEL)}",
                      alt=_("Today's queue"), clickable=True, widths={"part_description": 190})
    if line := row and home.whole(viewer, row, today):
        renewal_line.pick(line)
    renewal_line.opened()


def weeks(currency: str) -> None:
    """What falls due, week by week; a click on a week opens its lines."""
    figure, size = charts.due_columns(home.by_week(viewer, whose, currency, today), session.mode(), step="week", today=today)
    chart.heading(_("Due by week"), escape(_("{unit}; click a week", unit=f"{formats.currency_symbol(currency)} {size}".strip())))
    if monday := chart.chart(figure, key="weeks", alt=_("Due by week")):
        view.open_page(RENEWALS, home.in_week(whose, date.fromisoformat(monday), today))


about = [formats.long_day(today)]
with states.told():
    guide.card(viewer)
    look = last_look(viewer, viewer.store.settings.now())
    with scene.count:
        mine = home.has_portfolio(viewer) and view.choice("whose", {name: _(text) for name, text in WHOSE.items()}, label=_("Whose lines")) == "mine"
    whose = scene.filters.but(account_manager=(viewer.email,) if mine else ())
    currency = home.currency(viewer, whose, today)
    tiles.row(all_tiles(currency))
    saved_views.on_home(viewer)
    people.requests_waiting(requests.count_waiting(viewer))
    left, right = st.columns([1.8, 1], gap="medium")
    with left, states.told():
        if currency:
            queue(currency)
        elif home.may_see_lines(viewer):
            news.no_lines(mine)
    with right if home.may_see_lines(viewer) else left, states.told():
        next_steps.card(viewer, today)
        if currency:
            weeks(currency)
        changed = facts(viewer, look, whose, today)
        news.card(changed, look is None)
        about += told.changes(look, len(changed), viewer.store.settings.timezone)
frame.header(_("Hello, {name}", name=viewer.name.split()[0]), " · ".join([escape(about[0]), explain.freshness(), *map(escape, about[1:])]))
