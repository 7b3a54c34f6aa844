"""An installation with a mail server, Ana the primary contact of Boreal, and Rui, who is invited there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from keys import ANA, NOW, RUI
from letterbox import Desk
from post_office import PostOffice, open_office, served_by

from pao_core.access import Viewer
from pao_core.access.people import users
from pao_core.store.engine import Store


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server that takes everything."""
    with open_office() as made:
        yield made


@pytest.fixture
def desk(store: Store, operator: Viewer, ana: str, office: PostOffice) -> Desk:
    """The installation, on each store in turn, and what is put into its outbox."""
    assert ana == ANA
    users.add(operator, RUI, "Rui Lopes", "7000002", "user")
    return Desk(served_by(store, office.environment), operator, NOW)
