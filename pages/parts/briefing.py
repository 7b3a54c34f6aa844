"""Before a call to a customer: what to know, whom to ask for, what happened last."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from pages.parts import chart, facts, session, table, view
from pages.parts.facts import Fact
from pao_core.customers.briefing import Briefing
from pao_core.customers.contacts import COLUMNS
from pao_core.customers.customer import Customer
from pao_core.customers.dealings import Event, Quote
from pao_core.customers.inventory import Product
from pao_core.filters import Filters
from pao_core.locale import N_, _, formats, ngettext
from pao_core.report import Column

CUSTOMER, ORDERS = "pages/customers/customer.py", "pages/orders/order_history.py"
NOTIFICATIONS = "pages/renewals/price_notifications.py"
NAMED, FEW = 2, 5
SOON_DAYS = 30
Whom = dict[str, list[str]]
EVENTS = {"ordered": N_("Order {number}"), "renewed": N_("Quote {number} renewed"), "lapsed": N_("Quote {number} lapsed")}
ACTIVITY = (Column("on", N_("Date"), "date"), Column("what", N_("What happened")), Column("currency", N_("Currency"), "code"),
            Column("amount", N_("Amount"), "money"))


def before_the_call(briefing: Briefing, customer: Customer) -> None:
    """The facts, the most pressing first; each opens the tab or page behind it."""
    chart.heading(_("Before you call"), "")
    told = (_overdue, _next_due, _expired, _prices, _lapsed, _over_deployed, _waiting)
    found = [fact for fact in (tell(briefing, customer.filters.to_params()) for tell in told) if fact]
    if found:
        facts.listed(found)
    else:
        st.caption(_("Nothing is overdue, nothing has expired, everything is covered."))


def _fact(icon: str, colour: str, title: str, about: str, whom: Whom, tab: str, link: str) -> Fact:
    return Fact(icon, title, about, colour, CUSTOMER, link, whom | {"tab": [tab]})


def _overdue(briefing: Briefing, whom: Whom) -> Fact | None:
    if not briefing.overdue:
        return None
    lines, days = sum(quote.lines for quote in briefing.overdue), (session.scene().today - briefing.overdue[0].due_date).days
    title = ngettext("{count} line overdue, the oldest for {days}", "{count} lines overdue, the oldest for {days}", lines,
                     count=formats.number(lines), days=_days(days))
    return _fact("error", "red", title, _worth(briefing.overdue), whom, "renewals", _("Renewals"))


def _next_due(briefing: Briefing, whom: Whom) -> Fact | None:
    if not briefing.next_due:
        return None
    day, lines = briefing.next_due[0].due_date, sum(quote.lines for quote in briefing.next_due)
    days = (day - session.scene().today).days
    when = _("today") if days == 0 else _("in {days}", days=_days(days))
    title = ngettext("{count} line due {when}", "{count} lines due {when}", lines, count=formats.number(lines), when=when)
    about = f"{formats.day(day)} · {_worth(briefing.next_due)}"
    return _fact("schedule", "orange" if days <= SOON_DAYS else "blue", title, about, whom, "renewals", _("Renewals"))


def _expired(briefing: Briefing, whom: Whom) -> Fact | None:
    numbers = list(dict.fromkeys(quote.number for quote in briefing.expired))
    if not numbers:
        return None
    title = ngettext("{count} open quote has expired", "{count} open quotes have expired", len(numbers), count=formats.number(len(numbers)))
    return _fact("hourglass_disabled", "red", title, _named(numbers), whom, "renewals", _("Renewals"))


def _prices(briefing: Briefing, whom: Whom) -> Fact | None:
    if not briefing.price_changes:
        return None
    effect = briefing.price_changes[0]
    change = formats.signed_percent(effect.change) if effect.change is not None else _("New prices")
    title = _("{change} for coverage from {day}", change=change, day=formats.day(effect.starts))
    about = ngettext("List price of {count} open line in {currency}", "List prices of {count} open lines in {currency}", effect.lines,
                     count=formats.number(effect.lines), currency=effect.currency)
    return Fact("trending_up", title, about, "orange", NOTIFICATIONS, _("Impact"), whom | {"edition": [effect.starts.isoformat()]})


def _lapsed(briefing: Briefing, whom: Whom) -> Fact | None:
    count = len(briefing.lapsed)
    title = ngettext("{count} product without support", "{count} products without support", count, count=formats.number(count))
    return _fact("gpp_bad", "red", title, _products(briefing.lapsed), whom, "inventory", _("Inventory")) if count else None


def _over_deployed(briefing: Briefing, whom: Whom) -> Fact | None:
    count = len(briefing.over_deployed)
    title = ngettext("{count} product in use beyond its entitlement", "{count} products in use beyond their entitlement", count,
                     count=formats.number(count))
    return _fact("stacked_line_chart", "orange", title, _products(briefing.over_deployed), whom, "inventory", _("Inventory")) if count else None


def _waiting(briefing: Briefing, whom: Whom) -> Fact | None:
    waits, stands = briefing.awaiting_form, briefing.suspended
    told = [ngettext("{count} subscription awaits its form", "{count} subscriptions await their form", waits)] if waits else []
    if stands:
        told.append(ngettext("{count} subscription is suspended", "{count} subscriptions are suspended", stands))
    return _fact("cloud_off", "orange", told[0], " · ".join(told[1:]), whom, "subscriptions", _("Subscriptions")) if told else None


def _days(count: int) -> str:
    return ngettext("{count} day", "{count} days", count, count=formats.number(count))


def _worth(quotes: Sequence[Quote]) -> str:
    """The value by currency, and the quotes' numbers."""
    amounts: dict[str, Decimal] = {}
    for quote in quotes:
        amounts[quote.currency] = amounts.get(quote.currency, Decimal(0)) + quote.amount
    return " · ".join([*(formats.money(amount, currency) for currency, amount in amounts.items()), _named([quote.number for quote in quotes])])


def _named(names: Sequence[str]) -> str:
    different = list(dict.fromkeys(names))
    shown, more = ", ".join(different[:NAMED]), len(different) - NAMED
    return shown if more <= 0 else ngettext("{names} and {count} more", "{names} and {count} more", more, names=shown)


def _products(products: Sequence[Product]) -> str:
    return _named([product.name for product in products])


def contacts(rows: Sequence[dict[str, Any]]) -> None:
    """The first of them; their tab has all."""
    chart.heading(_("Contacts"), "")
    if not rows:
        st.caption(_("No contacts have been loaded for this customer."))
        return
    table.table([column for column in COLUMNS if column.name in ("name", "role", "email")], rows[:FEW], key="contacts_first", alt=_("Contacts"))


def activity(events: Sequence[Event], filters: Filters) -> None:
    """What happened last; a click opens the orders of the day, or the settled renewals."""
    chart.heading(_("Latest activity"), "")
    if not events:
        st.caption(_("Nothing has been ordered or renewed yet."))
        return
    rows = [{"on": event.on, "what": _(EVENTS[event.kind], number=event.number), "currency": event.currency, "amount": event.amount,
             "kind": event.kind} for event in events]
    row = table.table(ACTIVITY, rows, key="activity", alt=_("Latest activity"), clickable=True)
    if row and row["kind"] == "ordered":
        view.open_page(ORDERS, filters.but(from_=row["on"], to=row["on"]), form="detail")
    elif row:
        view.open_page(CUSTOMER, filters, tab="renewals")
