"""The rules of single datasets: what is derived, what the domain expects, what cannot stand beside what is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pao_core.access import Viewer
from pao_core.importing.bench import Bench
from pao_core.importing.mapping import Mapped
from pao_core.importing.rules import lines, prices, shared, subscriptions


@dataclass(frozen=True)
class Rules:
    """`derived` columns are stored, from SQL over `good`; `for_new` are those that an existing row keeps when the file does not
    give them. A missing line number is numbered within `numbered_within`."""

    derived: dict[str, str]
    check: Callable[[Bench, Mapped, Viewer], None] = lambda bench, mapped, viewer: None
    for_new: tuple[str, ...] = ()
    numbered_within: tuple[str, ...] = ()


RULES: dict[str, Rules] = {
    "resellers": Rules({}),
    "agreements": Rules({"customer_name_folded": "fold(v_customer_name)"}, shared.check_agreements),
    "sites": Rules({"name_folded": "fold(v_name)"}, shared.check_sites),
    "contacts": Rules({}),
    "parts": Rules({}, shared.check_parts),
    "prices": Rules({}, prices.check),
    "orders": Rules(
        {"amount": lines.amount(), "country": lines.COUNTRY}, lines.check_orders, ("country", "order_type"),
        ("reseller_site_number", "order_number"),
    ),
    "renewals": Rules({"amount": lines.amount()}, lines.check_renewals, ("status",)),
    "entitlements": Rules({}, lines.check_entitlements),
    "subscriptions": Rules({}, subscriptions.check),
    "usage": Rules({}, subscriptions.check_usage),
    "provisioning": Rules({}),
    "assignments": Rules({}, shared.check_assignments),
    "exchange_rates": Rules({}, shared.check_exchange_rates),
}
