"""Home's news as sentences in the reader's language: what happened, and below it what stands behind."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pao_core.home.news import Fact
from pao_core.importing.datasets import DATASETS
from pao_core.locale import _, formats, ngettext

NAMED = 2  # countries or kinds of data that are named; more are counted


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
    counted = _counted("quotes", fact.groups) if fact.kind not in ("orders", "renewals") else _counted("lines", fact.lines)
    change = [] if fact.change is None else [_("{change} in value", change=formats.signed_percent(fact.change))]
    return " · ".join([counted, *change, value(fact.amounts)])


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
    number = formats.number(fact.groups)
    if fact.mixed:
        return ngettext("New or changed lines in {count} order", "New or changed lines in {count} orders", fact.groups, count=number)
    return ngettext("New lines in {count} order", "New lines in {count} orders", fact.groups, count=number)


def _renewals(fact: Fact) -> str:
    number = formats.number(fact.groups)
    if fact.mixed:
        return ngettext("New or changed renewal lines in {count} quote", "New or changed renewal lines in {count} quotes", fact.groups, count=number)
    return ngettext("New renewal lines in {count} quote", "New renewal lines in {count} quotes", fact.groups, count=number)


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
