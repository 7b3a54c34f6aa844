"""One demonstration for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from book import BOOK_LINES, TODAY, Book
from cast import store_in

from pao_core.demo import demonstration


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A demonstration of ten thousand lines."""
    store = store_in(tmp_path_factory.mktemp("book"))
    demonstration.load(store, today=TODAY, lines=BOOK_LINES, seed=1)
    yield Book(store)
    store.dispose()
