"""Who a customer is, at a glance: badges of its state, and four figures."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal

import streamlit as st

from pages.parts import explain, metrics, session, table, view
from pages.parts.text import escape
from pao_core.customers import contacts, inventory, points, sites
from pao_core.customers.customer import Customer
from pao_core.customers.dealings import Dealings, months_to
from pao_core.customers.inventory import Coverage
from pao_core.filters import Filters
from pao_core.locale import _, formats, ngettext, words
from pao_core.orders import order_history
from pao_core.renewals import renewals

CUSTOMER, ORDERS = "pages/customers/customer.py", "pages/orders/order_history.py"
IN_TAB = {"tab": ["inventory"], "state": ["all"]}  # the rows of the inventory
LEAST_SHOWN, LEAST_CHANGE = Decimal("0.001"), 0.0005  # of a share, which is told with one decimal


def line(customer: Customer) -> str:
    """Agreement, site and place in one line; safe for markdown."""
    site = customer.main
    place = ", ".join(part for part in (site.city, formats.country(site.country)) if part)
    agreement = [_("Agreement {number}", number=customer.agreement.number)] if customer.agreement else []
    role = words.word("site_role", site.role) if site.role else _("Site")
    return escape(" · ".join([*agreement, _("{role} {number}", role=role, number=site.number), place]))


def badges(customer: Customer, dealings: Dealings) -> None:
    """Class in blue, what is overdue in red, facts in grey; the site that was asked for, with the way to its own figures and back."""
    scene, agreement = session.scene(), customer.agreement
    colleagues = scene.viewer.colleagues() if customer.looked_after_by else {}
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if agreement and agreement.program:
            st.badge(escape(words.word("program", agreement.program)), color="gray")
        if agreement and agreement.price_level:
            st.badge(escape(_("Level {level}", level=agreement.price_level)), color="blue")
        if dealings.lines_overdue:
            overdue = ngettext("{count} line overdue", "{count} lines overdue", dealings.lines_overdue, count=formats.number(dealings.lines_overdue))
            st.badge(escape(overdue), icon=":material/error:", color="red")
        if agreement and (coming := agreement.next_anniversary(scene.today)):
            day = formats.month_day(f"{agreement.anniversary_date:%m-%d}")
            st.badge(escape(_("Anniversary {day}, next {coming}", day=day, coming=formats.day(coming))), icon=":material/event_repeat:", color="gray")
        for manager in customer.looked_after_by:
            st.badge(escape(_("Account of {person}", person=colleagues.get(manager, manager))), icon=":material/person:", color="gray")
        for phrase in scene.filters.only(("in-currency",)).words():
            st.badge(escape(phrase), icon=":material/currency_exchange:", color="blue")
        if customer.marked and agreement:
            st.badge(escape(_("Site {number} · {name}", number=customer.marked.number, name=customer.marked.name)), icon=":material/location_on:",
                     color="blue")
            whole = {"agreement": agreement.number}
            if customer.only:
                st.page_link(CUSTOMER, label=escape(_("All {count} sites", count=formats.number(len(customer.sites)))), query_params=whole,
                             icon=":material/close:")
            else:
                st.page_link(CUSTOMER, label=_("Only this site"), query_params=whole | {"site": customer.marked.number},
                             icon=":material/filter_alt:")


def figures(customer: Customer, dealings: Dealings, coverage: Coverage, currency: str | None) -> None:
    """Open renewals, orders, coverage and points; amounts in the one currency."""
    metrics.row([_renewals(dealings, currency), _orders(dealings, currency), _coverage(coverage), _points(customer, dealings)])


def _renewals(dealings: Dealings, currency: str | None) -> metrics.Metric:
    due = next((due for due in dealings.due if due.currency == currency), None)
    told = ngettext("{count} line", "{count} lines", due.lines, count=formats.number(due.lines)) if due else _("none open")
    value = formats.compact_money(due.amount, due.currency) if due else "–"
    if due and due.lines_overdue:
        told = _("{overdue} overdue of {lines}", overdue=formats.number(due.lines_overdue), lines=told)
    others = dealings.lines_due - (due.lines if due else 0)
    about = ngettext("{count} in another currency", "{count} in other currencies", others, count=formats.number(others)) if others else None
    return metrics.Metric(_("Open renewals"), value, told, about=about, colour="red" if due and due.lines_overdue else "gray",
                          numbers=explain.numbers(renewals, "amount", currency=due.currency) if due else (),
                          help=_("Lines of renewal quotes with status open, overdue ones included"))


def _orders(dealings: Dealings, currency: str | None) -> metrics.Metric:
    ordered = next((ordered for ordered in dealings.ordered if ordered.currency == currency), None)
    change = metrics.relative(ordered.amount, ordered.before) if ordered else None
    return metrics.Metric(_("Orders in 12 months"), formats.compact_money(ordered.amount, ordered.currency) if ordered else "–",
                          change or _("no comparison"), about=_("against the 12 months before") if change else None,
                          colour=None if change else "gray",
                          numbers=explain.numbers(order_history, "amount", currency=ordered.currency, filters=_of_months()) if ordered else (),
                          help=_("Lines ordered in the twelve months up to today; returns are negative"))


def _of_months() -> Filters:
    """The filters that find what was ordered in the months up to today."""
    scene = session.scene()
    return scene.filters.within(*months_to(scene.today))


def _coverage(coverage: Coverage) -> metrics.Metric:
    now, before = (None if share is None else float(share) for share in (coverage.share, coverage.share_before))
    moved = now is not None and before is not None and abs(now - before) >= LEAST_CHANGE
    change, lapsed = metrics.points(now, before) if moved else None, len(coverage.lapsed)
    told = ngettext("{count} product without support", "{count} products without support", lapsed, count=formats.number(lapsed))
    # Only all of it is 100 %.
    value = formats.percent(coverage.share.quantize(LEAST_SHOWN, ROUND_FLOOR)) if coverage.share is not None else "–"
    unknown = _("no entitlements") if coverage.share is None else told
    return metrics.Metric(_("Inventory coverage"), value, change or unknown, about=told if change else None,
                          colour=None if change else "gray",
                          formula=f"{_('Covered, divided by what counts as entitled.')} {_(inventory.COUNTS)}",
                          numbers=explain.numbers(inventory, *inventory.MEASURES, file=CUSTOMER, views=IN_TAB) if coverage.share is not None else (),
                          help=_("Entitled quantity that is covered today, all products together; the change is against a year before"))


def _points(customer: Customer, dealings: Dealings) -> metrics.Metric:
    told = None
    above = customer.agreement.next_level(dealings.points) if customer.agreement else None
    if above:
        level, missing = above
        told = _("{points} to level {level}", points=_whole(missing), level=level) if missing else _("enough for level {level}", level=level)
    return metrics.Metric(_("Points of your lines, 12 months"), _whole(dealings.points), told, colour="gray",
                          numbers=explain.numbers(points, "points", filters=_of_months(), file=ORDERS) if dealings.points else (),
                          help=_("Points of the lines that you see. The agreement's level counts all its orders, so this is not its level."))


def _whole(points: Decimal) -> str:
    return formats.number(points, 0)


def people() -> None:
    """Every contact; a click on an e-mail begins one."""
    table.listing(contacts, empty=_("No contacts have been loaded for this customer."))


def agreement_and_sites(customer: Customer, today: date) -> None:
    """The agreement's facts and the sites; a click on a site shows its figures alone."""
    _agreement(customer, today)
    agreement = (customer.agreement.number,) if customer.agreement else ()
    table.listing(sites, empty=_("No site is to be seen."),
                  on_click=lambda row: view.open_page(CUSTOMER, Filters(agreement=agreement, site=(row["site_number"],)), tab="summary"))


def _agreement(customer: Customer, today: date) -> None:
    """The agreement's facts, or that there is none."""
    of = customer.agreement
    if of is None:
        st.caption(_("A site without an agreement is its own customer."))
        return
    coming = of.next_anniversary(today)
    told = {
        _("Agreement number"): of.number, _("Enrollment type"): words.word("program", of.program) if of.program else None,
        _("Price level"): of.price_level, _("Customer type"): words.word("customer_type", of.customer_type) if of.customer_type else None,
        _("Status"): of.status, _("First order"): formats.day(of.first_order_date) if of.first_order_date else None,
        _("Anniversary date"): formats.day(of.anniversary_date) if of.anniversary_date else None,
        _("Next anniversary"): formats.day(coming) if coming else None,
    }
    grid = st.grid(4, min_column_width=metrics.NARROWEST, gap="small")
    for label, value in told.items():
        with grid.container(gap=None):
            st.caption(escape(label))
            st.markdown(escape(value or "–"))
