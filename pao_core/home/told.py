"""What Home counts as words in the reader's language: the notes of its tiles, its news as sentences and what stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from pao_core.access.visits import Look
from pao_core.home.home import Coming, Worth
from pao_core.home.news import Fact
from pao_core.importing.datasets import DATASETS
from pao_core.locale import _, formats, ngettext

NAMED = 2  # countries or kinds of data that are named; more are counted


def note(worth: Worth, more: str = "") -> str:
    """Under an amount: how many lines, how many of them in other currencies, how many whose quote has expired, and what more there is."""
    lines = _counted("lines", worth.lines)
    if worth.elsewhere:
        lines = _("{lines}, {count} not in {currency}", lines=lines, count=formats.number(worth.elsewhere), currency=worth.currency)
    quotes = ngettext("{count} with an expired quote", "{count} with an expired quote", worth.expired, count=formats.number(worth.expired))
    return " · ".join(filter(None, [lines, quotes if worth.expired else "", more]))


def expired(count: int) -> str:
    """Beside what expires soon: how many lines have a quote that has expired."""
    return ngettext("{count} expired already", "{count} expired already", count, count=formats.number(count))


def due_today(count: int) -> str:
    """Beside what is due within a week: how much of it is due today, if any."""
    return ngettext("{count} due today", "{count} due today", count, count=formats.number(count)) if count else ""


def on_time(share: Decimal | None) -> str:
    """Beside what was renewed: the share that was renewed on time, when anything was."""
    return "" if share is None else _("{share} on time", share=formats.percent(share))


def changes(look: Look | None, count: int, timezone: ZoneInfo) -> list[str]:
    """How many kinds of news there are since the last look of the visit before; nothing in the first visit."""
    if look is None:
        return []
    return [ngettext("{count} change since {moment}", "{count} changes since {moment}", count, moment=formats.moment(look.at, timezone))]


def ahead(coming: Coming | None) -> tuple[str, str, str]:
    """When the next prices hold, by how much they change the value of open renewal lines, and of how many."""
    if coming is None:
        return _("Next prices"), "–", _("no prices ahead")
    change = "–" if coming.change is None else formats.signed_percent(coming.change)
    lines = "" if coming.lines is None else ngettext("{count} open renewal line", "{count} open renewal lines", coming.lines,
                                                     count=formats.number(coming.lines))
    return _("Prices on {day}", day=formats.day(coming.starts)), change, lines


def title(fact: Fact) -> str:
    """What happened; the customer first, when it was one customer's."""
    said = _TITLES[fact.kind](fact)
    return _("{customer}: {news}", customer=fact.customer_name, news=said) if fact.customer_name else said


def about(fact: Fact) -> str:
    """How many lines in how many quotes, their value by currency, and the change of it."""
    if fact.kind == "prices":
        return " · ".join([_counted("prices", fact.lines), _some([formats.country(code) for code in fact.names])])
    if fact.kind == "imports":
        return _some([_(DATASETS[name].title) for name in fact.names])
    counted = _counted("lines", fact.lines) if fact.kind in ("orders", "renewals") else _counted("quotes", fact.groups)
    change = "" if fact.change is None else _("{change} in value", change=formats.signed_percent(fact.change))
    return " · ".join(filter(None, ["" if fact.mixed else counted, change, value(fact.amounts) if fact.amounts else ""]))


def value(amounts: tuple[tuple[str, Decimal], ...]) -> str:
    """Amounts by currency, never added: the first, and how many currencies more."""
    (currency, amount), *others = amounts
    said = formats.money(amount, currency)
    return said if not others else ngettext("{value} and {count} more currency", "{value} and {count} more currencies", len(others), value=said)


def _counted(what: str, count: int) -> str:
    number = formats.number(count)
    if what == "quotes":
        return ngettext("{count} quote", "{count} quotes", count, count=number)
    if what == "lines":
        return ngettext("{count} line", "{count} lines", count, count=number)
    return ngettext("{count} price", "{count} prices", count, count=number)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return shown if more <= 0 else ngettext("{names} and {count} more", "{names} and {count} more", more, names=shown)


def _orders(fact: Fact) -> str:
    if fact.mixed:
        return ngettext("{count} order line is new or changed", "{count} order lines are new or changed", fact.lines,
                        count=formats.number(fact.lines))
    return ngettext("New lines in {count} order", "New lines in {count} orders", fact.groups, count=formats.number(fact.groups))


def _renewals(fact: Fact) -> str:
    if fact.mixed:
        return ngettext("{count} renewal line is new or changed", "{count} renewal lines are new or changed", fact.lines,
                        count=formats.number(fact.lines))
    return ngettext("New renewal lines in {count} quote", "New renewal lines in {count} quotes", fact.groups, count=formats.number(fact.groups))


_TITLES: dict[str, Callable[[Fact], str]] = {
    "renewed": lambda fact: ngettext("{count} line renewed", "{count} lines renewed", fact.lines, count=formats.number(fact.lines)),
    "orders": _orders,
    "repriced": lambda fact: ngettext("New price on {count} renewal line", "New price on {count} renewal lines", fact.lines,
                                      count=formats.number(fact.lines)),
    "moved": lambda fact: ngettext("New due date on {count} renewal line", "New due date on {count} renewal lines", fact.lines,
                                   count=formats.number(fact.lines)),
    "resized": lambda fact: ngettext("New quantity on {count} renewal line", "New quantity on {count} renewal lines", fact.lines,
                                     count=formats.number(fact.lines)),
    "renewals": _renewals,
    "closed": lambda fact: ngettext("{count} line lapsed or cancelled", "{count} lines lapsed or cancelled", fact.lines,
                                    count=formats.number(fact.lines)),
    "prices": lambda fact: _("New prices from {day}", day=formats.day(fact.day) if fact.day else ""),
    "imports": lambda fact: ngettext("{count} file imported", "{count} files imported", fact.lines, count=formats.number(fact.lines)),
}
