"""Order lines, renewal lines and entitlements: the amount of a line, its country, its coverage."""

from __future__ import annotations

from pao_core import countries
from pao_core.access import Viewer
from pao_core.importing.bench import Bench, Sql
from pao_core.importing.mapping import Mapped
from pao_core.locale import N_
from pao_core.money import EXCEPTIONS, QUANTITY_DECIMALS, UNIT_PRICE_DECIMALS

# A site's country stands for its order lines without one; a site that is made now has the first that the file gives it.
COUNTRY = (
    "coalesce(v_country, (SELECT value FROM found_site_number WHERE text = v_site_number), "
    f"(SELECT country FROM stub_sites WHERE site_number = v_site_number), '{countries.UNKNOWN}')"
)
COVERAGE_ENDS_EARLY = "v_coverage_end < v_coverage_start"
COVERAGE = N_("coverage_end {end} is before coverage_start {start}.")


def _product() -> str:
    return "CAST(v_quantity AS HUGEINT) * CAST(v_unit_price AS HUGEINT)"


def amount() -> str:
    """SQL: quantity x unit price in minor units of the currency, rounded once, half away from zero; null when it has no room."""
    scale = QUANTITY_DECIMALS + UNIT_PRICE_DECIMALS
    cases = " ".join(f"WHEN '{currency}' THEN {10 ** (scale - decimals)}" for currency, decimals in EXCEPTIONS.items())
    unit = f"CAST(CASE v_currency {cases} ELSE {10 ** (scale - 2)} END AS HUGEINT)"
    magnitude = f"((abs({_product()}) + {unit} // 2) // {unit})"
    return f"TRY_CAST(CASE WHEN {_product()} < 0 THEN -{magnitude} ELSE {magnitude} END AS BIGINT)"


def check_orders(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """An order's dates stay as given: coverage that ends before it starts is only warned of."""
    _reject_large_amounts(bench)
    bench.warn(COVERAGE_ENDS_EARLY, COVERAGE, **_coverage())
    warn_of_free_price(bench)


def check_renewals(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """A renewal line is rejected for impossible coverage; status and renewed_on should tell the same."""
    _reject_large_amounts(bench)
    bench.reject(COVERAGE_ENDS_EARLY, COVERAGE, **_coverage())
    bench.warn("v_renewed_on IS NOT NULL AND v_status IS DISTINCT FROM 'renewed'",
               N_("renewed_on {value} is given without the status renewed."), value=Sql("v_renewed_on"))
    bench.warn("v_renewed_on IS NULL AND v_status = 'renewed'", N_("The status is renewed, but no renewed_on is given."))
    warn_of_free_price(bench)


def check_entitlements(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """An entitlement is rejected for impossible coverage."""
    bench.reject(COVERAGE_ENDS_EARLY, COVERAGE, **_coverage())


def warn_of_free_price(bench: Bench) -> None:
    """A unit price of zero or below loads with a warning."""
    bench.warn("v_unit_price <= 0", N_("The unit price is zero or below: {value}."),
               "given JOIN rows USING (line)", value=Sql("t_unit_price"))


def _reject_large_amounts(bench: Bench) -> None:
    # Only what is beyond this, in any currency, can have no room: the rest need not be multiplied here.
    large = "abs(CAST(v_quantity AS DOUBLE) * v_unit_price) > 1e23"
    bench.reject(f"{large} AND v_currency IS NOT NULL AND {amount()} IS NULL",
                 N_("The amount of the line is larger than can be kept."))


def _coverage() -> dict[str, Sql]:
    return {"end": Sql("v_coverage_end"), "start": Sql("v_coverage_start")}
