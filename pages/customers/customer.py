"""Customers > Customer: everything about one customer, in tabs of which only the open one is read."""

import streamlit as st

from pages.parts import (
    briefing,
    coverage,
    customer_card,
    customer_lines,
    customer_search,
    explain,
    frame,
    money,
    notes,
    session,
    states,
    subscription,
    timeline,
    view,
)
from pao_core.customers import contacts, customer, dealings, inventory, subscriptions
from pao_core.customers import notes as written
from pao_core.customers.briefing import brief
from pao_core.locale import N_, _, formats

TABS = {"summary": N_("Overview"), "inventory": N_("Inventory"), "renewals": N_("Renewals"), "orders": N_("Orders"),
        "subscriptions": N_("Subscriptions"), "notes": N_("Notes"), "timeline": N_("Timeline"), "contacts": N_("Contacts"),
        "sites": N_("Agreement and sites")}

scene = session.enter(customer.RIGHT)
viewer, today, asked = scene.viewer, scene.today, view.asked("agreement", "site")


def head() -> str | None:
    """Name, badges and figures; gives the currency of the amounts."""
    with frame.header(found.name, customer_card.line(found) + " · " + explain.freshness()):
        currency = money.chosen(done.totals())
        explain.text(_(customer.DEFINITION), key="customer")
    customer_card.badges(found, done)
    customer_card.figures(found, done, held, currency)
    return currency


def labels() -> dict[str, str]:
    """The names of the tabs, with how much there is in each."""
    counts = {"inventory": len(held.products), "renewals": done.lines_due, "orders": done.orders, "subscriptions": sum(services.values()),
              "notes": len(own_notes), "contacts": len(people), "sites": len(found.sites)}
    return {tab: f"{_(name)} {formats.number(counts[tab])}" if counts.get(tab) else _(name) for tab, name in TABS.items()}


def summary() -> None:
    """What is covered, what to know before a call, whom to ask for, what happened last."""
    left, right = st.columns([1.8, 1], gap="medium")
    with left, states.told():
        coverage.drawn(held)
    with right, states.told():
        briefing.before_the_call(brief(viewer, found, filters, done, held, services, today), found)
        briefing.contacts(people)
        briefing.activity(done.latest, filters)


def drawn() -> None:
    """The head and the open tab."""
    currency = head()
    tab, place = view.tabs("tab", labels(), of=found.sites[0].number)
    filled = {
        "summary": summary, "inventory": lambda: coverage.entitlements(held), "renewals": lambda: customer_lines.to_renew(currency),
        "orders": lambda: customer_lines.ordered(currency), "subscriptions": subscription.listed, "notes": lambda: notes.listed(found, own_notes),
        "timeline": timeline.drawn, "contacts": customer_card.people, "sites": lambda: customer_card.agreement_and_sites(found, today),
    }
    with place, states.told():
        filled[tab]()


if asked.agreement or asked.site:
    with states.told():
        found = customer_search.found(asked)
        if found:
            filters = session.about(found.filters.but(in_currency=asked.in_currency)).filters
            done, held = dealings.dealings(viewer, filters, today), inventory.coverage(viewer, filters, today)
            services, people, own_notes = subscriptions.counted(viewer, filters), contacts.listed(viewer, filters), written.listed(viewer, filters)
            customer_search.remember(found)
            drawn()
else:
    customer_search.draw()
    frame.header(_(customer.TITLE), explain.freshness())
