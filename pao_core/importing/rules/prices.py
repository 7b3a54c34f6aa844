"""Prices: periods that do not overlap, levels that do not rise."""

from __future__ import annotations

from sqlalchemy import Connection, select

from pao_core.access import Viewer
from pao_core.importing.bench import Bench, Sql, listed
from pao_core.importing.mapping import Mapped
from pao_core.importing.rules.lines import warn_of_free_price
from pao_core.locale import N_
from pao_core.store.schema import prices

# Volume levels, from the least to the most points: a deeper level should not cost more.
VOLUME_LEVELS = ("BL", "D", "E", "F", "G", "H")
GROUP = "part_number, country, currency, price_level"


def check(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """Periods of one price do not overlap, in the file or with what is loaded; gaps and odd prices are warned of."""
    bench.reject("v_effective_to <= v_effective_from", N_("effective_to {end} is not after effective_from {start}."),
                 end=Sql("v_effective_to"), start=Sql("v_effective_from"))
    with viewer.reading() as connection:
        _load_neighbours(bench, connection)
    _reject_overlaps(bench)
    warn_of_free_price(bench)
    _warn_of_rising_prices(bench)


def _load_neighbours(bench: Bench, connection: Connection) -> None:
    """Make `loaded`: the periods in the store of the countries and currencies that the file prices."""
    bench.run("CREATE TABLE loaded (part_number VARCHAR, country VARCHAR, currency VARCHAR, price_level VARCHAR, "
              "effective_from DATE, effective_to DATE)")
    columns = [prices.c[name] for name in (*GROUP.split(", "), "effective_from", "effective_to")]
    for country, currency in bench.all("SELECT DISTINCT v_country, v_currency FROM rows WHERE v_country IS NOT NULL AND v_currency IS NOT NULL"):
        statement = select(*columns).where(prices.c.country == country, prices.c.currency == currency)
        for some in connection.execute(statement).partitions(20_000):
            bench.insert("loaded", [tuple(row) for row in some])


def _reject_overlaps(bench: Bench) -> None:
    """An explicit end beyond the next start overlaps, and so does a start inside a loaded period with an explicit end."""
    new = f"SELECT line, {', '.join(f'v_{name} AS {name}' for name in (*GROUP.split(', '), 'effective_from', 'effective_to'))} FROM good"
    bench.run(f"CREATE TABLE new AS {new}")
    # The same key again replaces what is loaded.
    old = f"SELECT NULL AS line, * FROM loaded ANTI JOIN new USING ({GROUP}, effective_from)"
    window = f"OVER (PARTITION BY {GROUP} ORDER BY effective_from)"
    bench.run(
        f"CREATE TABLE periods AS SELECT *, lead(effective_from) {window} AS next_from, lag(line) {window} AS previous_line, "
        f"lag(effective_from) {window} AS previous_from, lag(effective_to) {window} AS previous_to FROM (SELECT * FROM new UNION ALL {old})"
    )
    bench.reject("line IS NOT NULL AND effective_to > next_from",
                 N_("The price ends on {end}, after the next one of the same part, country, currency and level starts on {start}."),
                 "periods", end=Sql("effective_to"), start=Sql("next_from"))
    bench.reject("line IS NOT NULL AND previous_line IS NULL AND previous_to > effective_from",
                 N_("The price starts inside the loaded period {start} to {end} of the same part, country, currency and level."),
                 "periods", start=Sql("previous_from"), end=Sql("previous_to"))
    bench.warn("line IS NOT NULL AND effective_to < next_from", N_("No price from {start} until {end}."),
               "periods", start=Sql("effective_to"), end=Sql("next_from"))


def _warn_of_rising_prices(bench: Bench) -> None:
    order = f"list_position([{listed(VOLUME_LEVELS)}], v_price_level)"
    window = "OVER (PARTITION BY v_part_number, v_country, v_currency, v_effective_from ORDER BY depth)"
    levels = (
        f"(SELECT line, v_price_level, v_unit_price, lag(v_price_level) {window} AS before, lag(v_unit_price) {window} AS price_before "
        f"FROM (SELECT *, {order} AS depth FROM good) WHERE depth IS NOT NULL)"
    )
    bench.warn("v_unit_price > price_before", N_("The price rises from level {before} to level {level}."), levels,
               before=Sql("before"), level=Sql("v_price_level"))
