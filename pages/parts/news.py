"""Home's news in a card: what changed since the last visit, each with the page that shows it; and what stands where nothing is to do."""

from __future__ import annotations

from collections.abc import Sequence

from pages.parts import chart, facts, session, states, table
from pages.parts.text import escape
from pao_core.home import told
from pao_core.home.news import Fact
from pao_core.locale import N_, _

RENEWALS, ORDERS = ("pages/renewals/renewals.py", N_("Lines")), ("pages/orders/order_history.py", N_("Orders"))
PRICES, DATA = ("pages/prices/price_files.py", N_("Files")), ("pages/settings/data.py", N_("Data"))
# How each kind of news looks, and what it opens: icon, colour, page and its link.
KINDS = {
    "renewed": ("check_circle", "green", *ORDERS), "orders": ("receipt_long", "blue", *ORDERS), "repriced": ("trending_up", "orange", *RENEWALS),
    "moved": ("event", "orange", *RENEWALS), "resized": ("straighten", "blue", *RENEWALS), "renewals": ("add_circle", "blue", *RENEWALS),
    "closed": ("cancel", "gray", None, ""), "prices": ("sell", "violet", *PRICES), "imports": ("upload_file", "gray", *DATA),
}


def card(found: Sequence[Fact], first_visit: bool) -> None:
    """The news under their heading, or why there are none."""
    nothing = _("Welcome. What changes from now on is told here at your next visit.") if first_visit else _("Nothing has changed.")
    chart.heading(_("Since your last visit"), "" if found else escape(nothing))
    if found:
        facts.listed([_fact(fact, *KINDS[fact.kind]) for fact in found])


def no_lines(mine: bool) -> None:
    """What stands in place of the queue where no renewal line is open: none of the reader's own, or none at all."""
    if mine:
        states.empty(_("No open renewal line in your portfolio"), _("All of the site shows the lines of your colleagues."), "task_alt")
    else:
        table.nothing(session.scene(), ("renewals",))


def _fact(fact: Fact, icon: str, colour: str, page: str | None, link: str) -> facts.Fact:
    return facts.Fact(icon, told.title(fact), told.about(fact), colour, page, _(link), fact.filters.to_params() if fact.filters else {})
