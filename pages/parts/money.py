"""Amounts of several currencies are never added: charts and figures show one, which the reader chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.parts import view
from pages.parts.text import escape
from pao_core.locale import _, formats

Total = Mapping[str, Any]


def chosen_currency(totals: Sequence[Total]) -> str | None:
    """The one currency there is, or the reader's choice (first: the one of most lines), with a word on the others."""
    currencies = [total["currency"] for total in sorted(totals, key=lambda total: (-total["lines"], total["currency"])) if total["currency"]]
    if len(currencies) < 2:
        return currencies[0] if currencies else None
    names = {code: f"{code} · {formats.currency_name(code)}" for code in currencies}
    currency = view.choice("currency", names, label=_("Currency of charts and figures"), as_list=True)
    others = ", ".join(code for code in currencies if code != currency)
    st.caption(escape(_("Figures and charts in {currency}; there are also amounts in {others}. Currencies are never added.",
                        currency=currency, others=others)), width="content")
    return currency
