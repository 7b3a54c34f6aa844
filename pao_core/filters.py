"""Filters: one frozen value <-> address parameters <-> words. What each filter means: semantics.md."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlencode

from babel.numbers import list_currencies
from sqlalchemy import ColumnElement, and_, extract, or_

from pao_core import countries
from pao_core.dates import parse_month_day
from pao_core.locale import N_, Refused, _, formats
from pao_core.locale.words import (
    DIRECTIONS,
    DUE_BUCKETS,
    ENTITLEMENT_KINDS,
    ENTITLEMENT_STATES,
    ORDER_TYPES,
    PRICE_EFFECTS,
    PROGRAMS,
    QUOTE_STATES,
    word,
)
from pao_core.store.sql import in_month_days
from pao_core.store.types import fold, name_key, site_number

COUNTRIES = countries.codes() | {countries.UNKNOWN}
# Address key and option name -> how the filter is called on screen.
LABELS = {
    "agreement": N_("Agreement"), "site": N_("Site number"), "customer": N_("Customer"), "country": N_("Country/region"),
    "program": N_("Enrollment type"), "anniversary-month": N_("Anniversary month"), "anniversary-from": N_("Anniversary from"),
    "anniversary-to": N_("Anniversary to"), "from": N_("From"), "to": N_("To"), "product-group": N_("Product group"),
    "order-type": N_("Order type"), "status": N_("Status"), "reseller": N_("Reseller"), "quote": N_("Quote number"),
    "quote-state": N_("State of the quote"),
    "account-manager": N_("Account manager"), "due": N_("Due in days"), "window": N_("Window in days"), "direction": N_("Direction"),
    "kind": N_("Kind of entitlement"), "state": N_("State of the entitlement"), "edition": N_("Price edition of"),
    "effect": N_("Effect of new prices"),
    "in-currency": N_("Amounts in"),
}
MOST_DAYS = 730  # of a window
MOST_VALUES = 500  # of one filter: each that is not known is compared with those that are
# Characters of an address that filters take at most: with what else a page says there it stays below the 8,000 that browsers, proxies and
# servers are sure to take.
MOST_ADDRESS = 7_000
DAYS = ("from", "to", "edition")
# Closed sets that are called otherwise than their filter; a status that is none of these is said as it is.
WORDS = {"kind": "entitlement_kind", "state": "entitlement_state", "effect": "price_effect", "status": "fulfillment_status"}
# Closed sets by option, and how a value is written there.
SETS: dict[str, tuple[list[str], Callable[[str], str]]] = {
    "country": (sorted(COUNTRIES), str.upper), "program": (list(PROGRAMS), str.upper), "order-type": (list(ORDER_TYPES), str.lower),
    "due": (list(DUE_BUCKETS), str.lower), "quote-state": (list(QUOTE_STATES), str.lower),
    "direction": (list(DIRECTIONS), str.lower), "kind": (list(ENTITLEMENT_KINDS), str.lower), "state": (list(ENTITLEMENT_STATES), str.lower),
    "effect": (list(PRICE_EFFECTS), str.lower), "in-currency": (sorted(list_currencies()), str.upper),
}


_MORE = N_("{filter} has more than {most} values. Those beyond are left out: choose fewer.")


class BadFilter(Refused):
    """A filter value that cannot be meant; `key` is the option's name."""

    def __init__(self, key: str, template: str, **facts: object) -> None:
        super().__init__(template, **facts)
        self.key = key


@dataclass(frozen=True)
class Filters:
    """What a reader asked to see. Values of one filter are OR, different filters are AND; empty means all.

    Dates are inclusive at both ends; anniversary_from and anniversary_to are 'MM-DD', inclusive, and wrap the year end. `due` are
    buckets of days from today to the due date, `quote_state` is whether a renewal line's quote still holds; `window` and `direction` are
    how far, and which way, a due report looks. `kind` and `state` are those of an entitlement, the state as of today; `edition` is the
    first day of a future price edition, `effect` what it does to a line.
    `in_currency` is the currency in which the reader wants all amounts; None is each in its own.
    """

    agreement: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    anniversary_month: tuple[int, ...] = ()
    anniversary_from: str | None = None
    anniversary_to: str | None = None
    from_: date | None = None
    to: date | None = None
    product_group: tuple[str, ...] = ()
    order_type: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    reseller: tuple[str, ...] = ()
    quote: tuple[str, ...] = ()
    quote_state: tuple[str, ...] = ()
    account_manager: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    window: int | None = None
    direction: str | None = None
    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    edition: date | None = None
    effect: tuple[str, ...] = ()
    in_currency: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> tuple[Filters, list[BadFilter]]:
        """Read address parameters or command options; a value that cannot be meant is left out and told."""
        found: dict[str, Any] = {}
        problems: list[BadFilter] = []
        for field in fields(cls):
            key = option(field.name)
            values = []
            given = params.get(key, ())
            if len(given) > MOST_VALUES:
                problems.append(BadFilter(key, _MORE, filter=_(LABELS[key]), most=MOST_VALUES))
            for text in given[:MOST_VALUES]:
                try:
                    values.append(_parse(key, text))
                except BadFilter as problem:
                    problems.append(problem)
            if values:
                found[field.name] = values[-1] if field.default is None else tuple(dict.fromkeys(values))
        return cls(**found), problems

    def to_params(self) -> dict[str, list[str]]:
        """The address parameters that from_params reads back; only filters that are set."""
        params: dict[str, list[str]] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            values = value if isinstance(value, tuple) else () if value is None else (value,)
            if values:
                params[option(field.name)] = [one.isoformat() if isinstance(one, date) else str(one) for one in values]
        return params

    def fitting(self) -> tuple[Filters, list[BadFilter]]:
        """The same with no more than an address holds: of the filter that takes most of it the last values are left out, and that is told."""
        params = self.to_params()
        sizes = {key: [len(urlencode({key: value}, errors="replace")) + 1 for value in values] for key, values in params.items()}
        taken = {key: sum(of) for key, of in sizes.items()}
        while sum(taken.values()) > MOST_ADDRESS:
            longest = max(taken, key=taken.__getitem__)
            taken[longest] -= sizes[longest].pop()
        left = {key: values[:len(sizes[key])] for key, values in params.items()}
        if left == params:
            return self, []
        return Filters.from_params(left)[0], [
            BadFilter(key, _MORE, filter=_(LABELS[key]), most=len(values)) for key, values in left.items() if len(values) < len(params[key])]

    def words(self) -> list[str]:
        """Each active filter as a phrase in the reader's language, such as 'Country/region: Brazil or Portugal'."""
        return [
            _("{filter}: {values}", filter=_(LABELS[key]), values=_(" or ").join(_say(key, value) for value in values))
            for key, values in self.to_params().items()
        ]

    def kinds(self) -> frozenset[str]:
        """Which filters are set, by the names that `conditions` takes its columns by."""
        named = {field.name for field in fields(self) if getattr(self, field.name)}
        parts = {"from_": "date", "to": "date"} | dict.fromkeys(("anniversary_month", "anniversary_from", "anniversary_to"), "anniversary")
        return frozenset(parts.get(name, name) for name in named)

    def but(self, **changes: Any) -> Filters:
        """The same filters with some replaced."""
        return replace(self, **changes)

    def given(self) -> dict[str, Any]:
        """The fields that are set, with their values."""
        return {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name) != field.default}

    def within(self, first: date | None, last: date | None) -> Filters:
        """The same filters with the period cut down to these days, both inclusive; None: no such end."""
        return self.but(from_=max((day for day in (first, self.from_) if day), default=None),
                        to=min((day for day in (last, self.to) if day), default=None))

    def only(self, options: Collection[str]) -> Filters:
        """Those of these options alone: what a page that has no other filters goes by."""
        return self.but(**{field.name: field.default for field in fields(self) if option(field.name) not in options})


def option(field: str) -> str:
    """The option and address key of a field: `from_` is `from`, `product_group` is `product-group`."""
    return field.rstrip("_").replace("_", "-")


def _parse(key: str, text: str) -> Any:
    text = text.strip()
    if not text or len(text) > 200 or "\x00" in text or not _is_text(text):
        raise BadFilter(key, N_("{filter} has an empty or overlong value."), filter=_(LABELS[key]))
    if key in DAYS:
        return _day(key, text)
    if key in ("anniversary-from", "anniversary-to"):
        if parse_month_day(text) is None:
            raise BadFilter(key, N_("{filter} takes a month and day such as 03-01, not {value}."), filter=_(LABELS[key]), value=text)
        return text
    if key == "anniversary-month":
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 12):
            raise BadFilter(key, N_("{filter} takes a month from 1 to 12, not {value}."), filter=_(LABELS[key]), value=text)
        return int(text)
    if key == "window":
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST_DAYS):
            raise BadFilter(key, N_("{filter} takes a number of days from 1 to {most}, not {value}."), filter=_(LABELS[key]), value=text,
                            most=MOST_DAYS)
        return int(text)
    if key in SETS:
        return _member(key, text)
    if key == "account-manager":
        return text.casefold()
    return site_number(text) if key in ("site", "reseller") else text


def _is_text(text: str) -> bool:
    """Whether a database can be asked for it: what a terminal in another encoding sends may hold halves of signs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _day(key: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadFilter(key, N_("{filter} takes a date such as 2026-03-31, not {value}."), filter=_(LABELS[key]), value=text) from error


def _member(key: str, text: str) -> str:
    known, written = SETS[key]
    code = written(text)
    if code in known:
        return code
    if key == "country":
        if named := countries.code(text):
            return named
        near = nearest(name_key(text), {name: f"{formats.country(code)} ({code})" for name, code in countries.known().items() if len(name) > 3})
    else:
        near = nearest(text, {code: code for code in known}) or known[:len(DUE_BUCKETS)]
    raise BadFilter(key, N_("{filter} {value} is not known. Nearest: {nearest}."), filter=_(LABELS[key]), value=text,
                    nearest=", ".join(near) or _("none"))


def nearest(text: str, choices: Mapping[str, str], count: int = 3) -> list[str]:
    """The choices (searched text -> what to show) most like `text`, best first."""
    folded = {fold(searched): shown for searched, shown in choices.items()}
    close = get_close_matches(fold(text), folded, count, 0.5)
    starting = [shown for searched, shown in folded.items() if len(text) > 2 and searched.startswith(fold(text)[:3])]
    return list(dict.fromkeys([*(folded[found] for found in close), *starting]))[:count]


def _say(key: str, value: str) -> str:
    if key == "country":
        return formats.country(value)
    if key in ("program", "order-type", "due", "quote-state", "direction", *WORDS):
        return word(WORDS.get(key, key.replace("-", "_")), value)
    if key in DAYS:
        return formats.day(date.fromisoformat(value))
    if key == "anniversary-month":
        return formats.month_name(int(value))
    if key.startswith("anniversary"):
        return formats.month_day(value)
    return f"“{value}”" if key == "customer" else value


def conditions(filters: Filters, columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """The filters as SQL conditions on a report's `columns`, named agreement, site, customer (folded), country, program,
    anniversary, date, product_group, order_type, status, reseller, quote, kind, state; a report without a column has no such filter."""
    found: list[ColumnElement[bool]] = []
    for name in ("agreement", "site", "country", "program", "product_group", "order_type", "status", "reseller", "quote", "kind", "state"):
        values = getattr(filters, name)
        if values and name in columns:
            found.append(columns[name].in_(values))
    if filters.customer and "customer" in columns:
        found.append(or_(*(columns["customer"].contains(fold(text), autoescape=True) for text in filters.customer)))
    if "anniversary" in columns:
        found += _anniversary(filters, columns["anniversary"])
    if "date" in columns:
        found += [condition for condition in (
            columns["date"] >= filters.from_ if filters.from_ else None, columns["date"] <= filters.to if filters.to else None,
        ) if condition is not None]
    return found


def _anniversary(filters: Filters, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.anniversary_month:
        found.append(and_(column.is_not(None), extract("month", column).in_(filters.anniversary_month)))
    if filters.anniversary_from or filters.anniversary_to:
        first = parse_month_day(filters.anniversary_from or "01-01")
        last = parse_month_day(filters.anniversary_to or "12-31")
        assert first and last, "Filters holds month-days that were parsed"
        found.append(and_(column.is_not(None), in_month_days(column, first, last)))
    return found
