"""What prices to come do to open renewal lines, drawn: tiles, how the change is distributed, and the agreements that it costs most; and Home's
tile about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from pages.parts import chart, explain, session, states, tiles, view
from pages.parts.text import escape
from pao_core import charts
from pao_core.charts import Bar
from pao_core.home import told
from pao_core.home.home import Coming
from pao_core.locale import _, formats, ngettext
from pao_core.locale.words import PRICE_BANDS
from pao_core.renewals import price_figures, price_notifications
from pao_core.renewals.price_figures import Figure, Impact

NOTIFICATIONS, PRICES = "pages/renewals/price_notifications.py", "pages/prices/price_files.py"
MOST = 6  # agreements
# The bands in per cent, where a heading says so: the same in every language.
SHORT = dict(zip(PRICE_BANDS, ("< −10", "−10 … −5", "−5 … 0", "0", "0 … 3", "3 … 6", "6 … 10", "> 10"), strict=True))


def ahead(coming: Coming | None) -> tiles.Tile:
    """Home's tile: when prices change and what that does to open lines. It leads to exactly these, or to the files where there are none to
    come or none that the reader may see."""
    if coming and coming.filters:
        tile = tiles.Tile("sell", *told.ahead(coming), NOTIFICATIONS, _("Impact"), "violet", coming.filters.to_params())
        if coming.change is None:
            return tile
        numbers = explain.numbers(price_notifications, "difference", "old_amount", currency=coming.currency, filters=coming.filters)
        return replace(tile, numbers=numbers, formula=_("The difference, divided by the amount now."))
    return tiles.Tile("sell", *told.ahead(coming), PRICES, _("Files"), "violet", {"file": ["software:future"]})


def impact(found: Impact, currency: str) -> None:
    """Everything above the lines."""
    _tiles(found, currency)
    left, right = st.columns([1.3, 1], gap="medium")
    with left, states.told():
        bands(found.bands, escape(_("Lines whose coverage starts at the new prices, by the change of their list price in per cent")))
    with right, states.told():
        _dearest(currency)


def bands(counts: Mapping[str, int], about: str) -> None:
    """How many there are in each band of change; `about` is safe for markdown."""
    chart.heading(_("Size of the change"), about)
    bars = [Bar(band, SHORT[band], float(count), formats.number(count)) for band, count in counts.items()]
    chart.chart(charts.columns(bars, session.mode()), key=f"bands_{hash((*counts.items(), session.scene().filters))}", alt=_("Size of the change"))


def _tiles(found: Impact, currency: str) -> None:
    rises, falls, apart = found.rises, found.falls, found.apart
    saved, cost = (formats.compact_money(amount, currency) for amount in (rises.difference, rises.old_amount))
    rise = formats.percent(float(rises.difference / rises.old_amount), 1) if rises.old_amount else ""
    tiles.row([
        _tile("savings", "green", _("Saved by ordering before"), rises, "saved", currency, saved,
              _("order by {day}", day=formats.day(found.order_before)) if found.order_before else _("no price rises")),
        _tile("trending_up", "red", _("Prices rise"), rises, "lines_rising", currency, _lines(rises),
              _("{share} more on {amount}", share=rise, amount=cost) if rise else ""),
        _tile("trending_down", "blue", _("Prices fall"), falls, "lines_falling", currency, _lines(falls),
              formats.compact_money(falls.difference, currency)),
        _tile("help", "orange", _("Without both prices"), apart, "lines_apart", currency, _lines(apart), _("in no sum of amounts")),
    ])


def _lines(figure: Figure) -> str:
    return ngettext("{count} line", "{count} lines", figure.lines, count=formats.number(figure.lines))


def _tile(icon: str, colour: str, label: str, figure: Figure, measure: str, currency: str, value: str, note: str) -> tiles.Tile:
    """A figure with the way to its lines, or back."""
    held, whole = session.scene().filters, figure.filters.but(effect=())
    leads_to = whole if held == figure.filters else figure.filters
    return tiles.Tile(icon, label, value, note, "", _("Show all") if leads_to == whole else _("Show"), colour,
                      filters=leads_to if leads_to != held else None, numbers=[explain.Number(price_notifications, measure, currency, whole)])


def _dearest(currency: str) -> None:
    """The agreements for which ordering before saves most; a click narrows the page to one, a second undoes that."""
    scene = session.scene()
    rows = price_figures.dearest(scene.viewer, scene.filters, currency, scene.today)
    if not rows:
        return
    names = {row["agreement"] or "": row["customer_name"] or row["agreement"] or _("Without an agreement") for row in rows}
    chart.heading(_("Most to save, by agreement"), escape(_("{currency} and share; click a bar", currency=formats.currency_symbol(currency))))
    figure = charts.ranked(rows, "agreement", session.mode(), lambda number: names.get(number, number), most=MOST, measure="saved")
    agreement = chart.chart(figure, key=f"dearest_{currency}_{hash(scene.filters)}", alt=_("Most to save, by agreement"))
    if agreement:
        view.narrow(scene.filters.but(agreement=(agreement,) if scene.filters.agreement != (agreement,) else ()))
