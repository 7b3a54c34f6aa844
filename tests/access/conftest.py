"""The three resellers of the cast, and Ana, who has a password."""

from __future__ import annotations

import pytest
from keys import ANA, open_shop, settle_ana

from pao_core.access import Viewer
from pao_core.store.engine import Store


@pytest.fixture
def operator(store: Store) -> Viewer:
    """The operator at the command line of an installation with three resellers and no user."""
    open_shop(store)
    return Viewer.of_command_line(store)


@pytest.fixture
def ana(operator: Viewer) -> str:
    """Ana, the primary contact of Boreal; her e-mail."""
    settle_ana(operator)
    return ANA
