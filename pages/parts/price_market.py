"""Which price list a page of prices is about: country, currency, levels and layout."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from pages.parts import money, view
from pao_core.locale import _, formats
from pao_core.prices.price_files import LEVELS, PriceFile


def chosen(markets: Mapping[str, tuple[str, ...]], *, laid_out: bool) -> partial[PriceFile]:
    """Country, currency, levels and, of what is to be `laid_out`, the layout; gives the choice that still lacks family and moment."""
    names = dict(sorted(((code, formats.country(code)) for code in markets), key=lambda named: named[1]))
    with st.container(horizontal=True, gap="small"):
        country = view.choice("country", names, label=_("Country/region"), default="BR" if "BR" in names else None, width=220)
        currency = view.choice("currency", money.names(markets[country]), label=_("Currency"), width=220)
        levels = view.several("level", {level: level for level in LEVELS}, label=_("Price level"), placeholder=_("All levels"), width=320)
        layouts = {"wide": _("A column for each level"), "long": _("A row for each price")}
        wide = laid_out and view.choice("layout", layouts, label=_("Layout of the file"), width=240) == "wide"
    return partial(PriceFile, country=country, currency=currency, levels=levels, wide=wide)
