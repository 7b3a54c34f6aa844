"""The three resellers of the cast, and Ana, who has a password; a small app behind the wall, with her session's cookie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from door import UPLOAD_BYTES, Door, serving
from keys import ANA, NOW, open_shop, settle_ana, ticket_of_ana

from pao_core.access import Viewer
from pao_core.access.entry import sessions
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


@pytest.fixture
def small(store: Store) -> Store:
    """The store with a small bound for uploads."""
    limits = store.settings.limits
    object.__setattr__(limits, "file_bytes", UPLOAD_BYTES)
    return store


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "face.woff2").write_bytes(b"wOF2")
    return folder


@pytest.fixture
def server(small: Store, fonts: Path) -> Iterator[Door]:
    with serving(small, fonts) as made:
        yield made


@pytest.fixture
def ticket(store: Store, ana: str) -> str:
    return ticket_of_ana(store)


@pytest.fixture
def cookie(store: Store, ticket: str) -> str:
    return f"{sessions.COOKIE}={sessions.exchange(store, ticket, NOW)}"
