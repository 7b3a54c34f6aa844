"""The rules of single datasets: what is derived, what the domain expects, what cannot stand beside what is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from pao_core import countries
from pao_core.access import Viewer
from pao_core.importing.bench import Bench, Sql, listed
from pao_core.importing.mapping import Mapped
from pao_core.locale import N_
from pao_core.money import EXCEPTIONS, QUANTITY_DECIMALS, UNIT_PRICE_DECIMALS
from pao_core.store.schema import prices

# Volume levels, from the least to the most points: a deeper level should not cost more.
VOLUME_LEVELS = ("BL", "D", "E", "F", "G", "H")
PART_SHAPE = "[A-Z][A-Z0-9]{4}[A-Z]{2}"
AGREEMENT_SHAPE = "[0-9]{4,10}"


@dataclass(frozen=True)
class Rules:
    """`derived` columns are stored, from SQL over `good`; `for_new` are those that an existing row keeps when the file does not
    give them. A missing line number is numbered within `numbered_within`."""

    derived: dict[str, str]
    check: Callable[[Bench, Mapped, Viewer], None] = lambda bench, mapped, viewer: None
    for_new: tuple[str, ...] = ()
    numbered_within: tuple[str, ...] = ()


def _product() -> str:
    return "CAST(v_quantity AS HUGEINT) * CAST(v_unit_price AS HUGEINT)"


def amount() -> str:
    """SQL: quantity x unit price in minor units of the currency, rounded once, half away from zero; null when it has no room."""
    scale = QUANTITY_DECIMALS + UNIT_PRICE_DECIMALS
    cases = " ".join(f"WHEN '{currency}' THEN {10 ** (scale - decimals)}" for currency, decimals in EXCEPTIONS.items())
    unit = f"CAST(CASE v_currency {cases} ELSE {10 ** (scale - 2)} END AS HUGEINT)"
    magnitude = f"((abs({_product()}) + {unit} // 2) // {unit})"
    return f"TRY_CAST(CASE WHEN {_product()} < 0 THEN -{magnitude} ELSE {magnitude} END AS BIGINT)"


# -- orders -----------------------------------------------------------------------------------------------------------
def _check_orders(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    # Only what is beyond this, in any currency, can have no room: the rest need not be multiplied here.
    large = "abs(CAST(v_quantity AS DOUBLE) * v_unit_price) > 1e23"
    bench.reject(f"{large} AND v_currency IS NOT NULL AND {amount()} IS NULL",
                 N_("The amount of the line is larger than can be kept."))
    _warn_of_free_price(bench)


def _warn_of_free_price(bench: Bench) -> None:
    bench.warn("v_unit_price <= 0", N_("The unit price is zero or below: {value}."),
               "given JOIN rows USING (line)", value=Sql("t_unit_price"))


# -- prices -----------------------------------------------------------------------------------------------------------
GROUP = "part_number, country, currency, price_level"


def _check_prices(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    bench.reject("v_effective_to <= v_effective_from", N_("effective_to {end} is not after effective_from {start}."),
                 end=Sql("v_effective_to"), start=Sql("v_effective_from"))
    with viewer.store.reading() as connection:
        _load_neighbours(bench, connection)
    _reject_overlaps(bench)
    _warn_of_free_price(bench)
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


# -- agreements, sites, parts -----------------------------------------------------------------------------------------
def _check_agreements(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    bench.warn("day(v_anniversary_date) <> 1", N_("The anniversary {value} is not the first of a month."), value=Sql("v_anniversary_date"))
    _warn_of_shape(bench, "agreement_number", AGREEMENT_SHAPE)


def _check_sites(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    bench.warn("v_agreement_number IS NULL", N_("The site has no agreement."))


def _check_parts(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    _warn_of_shape(bench, "part_number", PART_SHAPE)


def _warn_of_shape(bench: Bench, name: str, shape: str) -> None:
    bench.warn(f"NOT regexp_full_match(v_{name}, '{shape}')", N_("{column}: {value} does not have the usual form."),
               column=name, value=Sql(f"v_{name}"))


# A site's country stands for its order lines without one; a site that is made now has the first that the file gives it.
LINE_COUNTRY = (
    "coalesce(v_country, (SELECT value FROM found_site_number WHERE text = v_site_number), "
    f"(SELECT country FROM stub_sites WHERE site_number = v_site_number), '{countries.UNKNOWN}')"
)

RULES: dict[str, Rules] = {
    "resellers": Rules({}),
    "agreements": Rules({"customer_name_folded": "fold(v_customer_name)"}, _check_agreements),
    "sites": Rules({"name_folded": "fold(v_name)"}, _check_sites),
    "parts": Rules({}, _check_parts),
    "prices": Rules({}, _check_prices),
    "orders": Rules(
        {"amount": amount(), "country": LINE_COUNTRY}, _check_orders, ("country", "order_type"), ("reseller_site_number", "order_number")),
}
