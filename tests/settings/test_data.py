"""Settings > Data: who may load what, and how fresh it is."""

from __future__ import annotations

from pathlib import Path

from files import load, order, orders

from pao_core.access import Viewer
from pao_core.importing import batches
from pao_core.settings import data


def test_users_load_their_resellers_data_and_the_operator_the_shared(people: dict[str, Viewer], operator: Viewer) -> None:
    of_resellers = ["orders", "renewals", "entitlements", "subscriptions", "usage", "provisioning", "assignments"]
    assert {name: [dataset.name for dataset in data.loadable(viewer)] for name, viewer in people.items()} == {
        "ana": of_resellers,
        "carla": of_resellers,
        "bob": [],
        "dora": ["resellers", "agreements", "sites", "contacts", "parts", "prices", "exchange_rates"],
    }
    assert len(data.loadable(operator)) == 14


def test_freshness_is_of_ones_own_orders_and_of_everybodys_parts(people: dict[str, Viewer], operator: Viewer, tmp_path: Path) -> None:
    load(operator, tmp_path, "parts", [["part_number", "description"], ["D1234LL", "x"]])
    batch = load(people["ana"], tmp_path, "orders", orders(order()), create_missing=True).batch or 0
    at = batches.listed(operator)[0]["loaded_at"]
    assert data.freshness(people["ana"])["orders"] == at
    assert data.freshness(people["carla"])["orders"] is None
    assert data.freshness(people["carla"])["parts"] is not None
    assert data.freshness(people["carla"])["prices"] is None
    batches.undo(people["ana"], batch)
    assert data.freshness(people["ana"])["orders"] is None
