"""Amounts of several currencies are never added: charts and figures show one, which the reader chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts import view
from pages.parts.text import escape
from pao_core.locale import _, formats, ngettext

Total = Mapping[str, Any]


def currencies(totals: Sequence[Total]) -> list[str]:
    """The currencies of the rows that match, the one of most lines first."""
    return [total["currency"] for total in sorted(totals, key=lambda total: (-total["lines"], total["currency"] or "")) if total["currency"]]


def lines(totals: Sequence[Total]) -> int:
    """How many lines there are: a line has one currency, so these do add up."""
    return sum(total["lines"] for total in totals)


def names(codes: Sequence[str]) -> dict[str, str]:
    """Currencies as they are offered: the code and its name."""
    return {code: f"{code} · {formats.currency_name(code)}" for code in codes}


def chosen(totals: Sequence[Total]) -> str | None:
    """The one currency there is, or the reader's choice."""
    found = currencies(totals)
    if len(found) < 2:
        return found[0] if found else None
    return view.choice("currency", names(found), label=_("Currency of charts and figures"), as_list=True)


def unit(totals: Sequence[Total], currency: str) -> str:
    """Under a chart's heading: its currency, and that amounts in others are not in it; safe for markdown."""
    others = len(currencies(totals)) - 1
    said = escape(_("{currency}; click for the lines behind", currency=formats.currency_symbol(currency)))
    if others:
        said += " · " + escape(ngettext("amounts in {count} other currency are not in it",
                                        "amounts in {count} other currencies are not in it", others))
    return said
