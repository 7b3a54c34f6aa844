"""A served product with demonstration data, and a browser on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Served, demonstrated
from cast import without
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
PATIENCE = 20_000  # milliseconds


@pytest.fixture(scope="session")
def demonstration_data(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Demonstration data to copy, loaded once."""
    return demonstrated(tmp_path_factory.mktemp("demonstration"))


@pytest.fixture
def cold(demonstration_data: Served, tmp_path: Path) -> Iterator[Served]:
    """A server of this test's own that nobody has visited."""
    folder = tmp_path / "served"
    shutil.copytree(demonstration_data.data, folder)
    served = Served(folder, demonstration_data.log_ins)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def served(demonstration_data: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that only read or that add to it."""
    folder = tmp_path_factory.mktemp("server") / "data"
    shutil.copytree(demonstration_data.data, folder)
    served = Served(folder, demonstration_data.log_ins)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser."""
    if not Path(CHROMIUM).exists():
        without("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a tab of a reader of its own: `tab(language="en-US", width=1440, dark=False)`."""
    contexts = []

    def opened(language: str = "en-US", width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        context = chromium.new_context(locale=language, timezone_id="America/Sao_Paulo", viewport={"width": width, "height": height},
                                       color_scheme="dark" if dark else "light", accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
