"""Settings > Data: what may be loaded, what was, and how fresh it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from pao_core.access import Viewer
from pao_core.access.rights import DATA_IMPORT
from pao_core.importing import batches
from pao_core.importing.columns import Dataset
from pao_core.importing.datasets import DATASETS
from pao_core.locale import N_
from pao_core.store import schema

NAME = "data"
RIGHT = DATA_IMPORT
TITLE = N_("Data")


def loadable(viewer: Viewer) -> list[Dataset]:
    """The datasets that the viewer may load: its resellers' own, and the shared ones as the operator."""
    return [
        dataset for dataset in DATASETS.values()
        if viewer.every_reseller or (viewer.may(DATA_IMPORT) if dataset.tenant else viewer.operator)
    ]


def freshness(viewer: Viewer) -> dict[str, datetime | None]:
    """When each dataset was last loaded: tenant data for the viewer's own resellers, shared data by anybody; None for never."""
    shared = [name for name, dataset in DATASETS.items() if not dataset.tenant]
    newest = (
        select(schema.batches.c.dataset, func.max(schema.batches.c.loaded_at))
        .where(schema.batches.c.undone_by_txn.is_(None), batches.visible(viewer) | schema.batches.c.dataset.in_(shared))
        .group_by(schema.batches.c.dataset)
    )
    with viewer.reading() as connection:
        found = {row[0]: row[1] for row in connection.execute(newest)}
    return {name: found.get(name) for name in DATASETS}
