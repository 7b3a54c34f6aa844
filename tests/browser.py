"""A served product, and the steps that every person in a browser takes."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Error, Locator, Page, expect
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.config import PROJECT, Settings
from pao_core.demo import demonstration
from pao_core.replica import files
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate
from pao_core.store.schema import users

T = TypeVar("T")
LINES = 3_000
ROW = 33  # pixels of a row of a table, and of its head
QUIET = 200  # milliseconds: a table tells of a click after 150
SOON = 10_000  # milliseconds in which an act that arrived has led to something, on a machine that is not busy
PATIENCE = 90  # seconds that a server may take to start or to draw a page; a busy machine needs many, and no test waits for longer than it must
_asked = itertools.count()


@dataclass
class Served:
    """A server of its own on a free port, its data, and who may sign in there."""

    data: Path
    log_ins: list[dict[str, str]]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    fixed_port: bool = False  # for an address that must be known before it starts

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def start(self) -> None:
        """Start it cold: no session has ever been there."""
        self.port = self.port if self.fixed_port else free_port()
        environment = {**os.environ, "PAO_DATA_DIR": str(self.data), **self.environment}
        command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(self.port), "--no-access-log"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """End the process."""
        if self.process:
            self.process.terminate()
            self.process.wait(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def demonstrated(folder: Path) -> Served:
    """Demonstration data in a folder with a reading copy, as a server that stopped leaves them; not served yet."""
    settings = Settings.from_environment({"PAO_DATA_DIR": str(folder)})
    store = Store(settings)
    migrate(store)
    log_ins = demonstration.load(store, lines=LINES, today=settings.today())
    files.build(store).release()
    store.dispose()
    return Served(folder, log_ins)


def answered(question: Coroutine[Any, Any, T]) -> T:
    """The answer to a raw socket's question: asked in a thread, because the browser's driver has an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, question).result()


def viewer(served: Served, who: int = 0) -> Viewer:
    """A person as the server sees it, read from a store of our own on the same data."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    with store.reading() as connection:
        user_id = connection.scalar(select(users.c.id).where(users.c.email == served.log_ins[who]["email"]))
        found = Viewer.of_user(store, user_id, connection)
    assert found
    return found


def sign_in(page: Page, served: Served, address: str = "/", who: int = 0) -> None:
    """Open an address as a stranger and sign in there."""
    page.goto(f"{served.url}{address}")
    person = served.log_ins[who]
    page.locator("input[type=password]").wait_for()
    page.locator("input[type=text]").first.fill(person["email"])
    page.locator("input[type=password]").fill(person["password"])
    page.get_by_test_id("stFormSubmitButton").locator("button").click()
    # The form's own: the page behind may ask for passwords too.
    page.locator("input[type=password][autocomplete=off]").wait_for(state="detached")
    page.locator("h1").wait_for()
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page has answered: for a while nothing is asked, nothing is running and nothing is drawn in grey.

    For a while, because a table tells of a click only after a moment, and a page that is about to ask looks like one that has its answer.
    """
    page.wait_for_function(
        """([asked, quiet]) => {
            const app = document.querySelector('[data-testid=stApp]');
            const still = app && app.getAttribute('data-test-script-state') === 'notRunning'
                && !document.querySelector('[data-testid=stSkeleton]') && !document.querySelector('[data-stale=true]');
            const seen = window.stillSince;
            if (!still) delete window.stillSince;
            else if (!seen || seen.asked !== asked) window.stillSince = { asked, at: performance.now() };
            return still && seen && seen.asked === asked && performance.now() - seen.at > quiet;
        }""", arg=[next(_asked), QUIET],
    )


def until(page: Page, act: Callable[[], None], came: Callable[[int], object]) -> None:
    """Act until it has come: a click on a table or a drawing that is just being made anew is lost, for a person too, who then clicks again.

    `came` waits for what the act leads to, for so many milliseconds, and raises if it has not come.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        settled(page)
        act()
        for wait in (SOON, 1_000):  # a page that was busy all the while has answered by the second look: only then is the act lost
            with suppress(AssertionError, Error):
                came(wait)
                return
            settled(page)
    came(1_000)


def pick(table: Locator, opened: Locator, *, row: int = 0, x: int = 60) -> None:
    """Click a row of a table (0 is the first), which opens something."""

    def click() -> None:
        table.scroll_into_view_if_needed()
        table.click(position={"x": x, "y": ROW * (row + 1) + ROW // 2})

    until(table.page, click, lambda wait: opened.first.wait_for(timeout=wait))


def press(bar: Locator, came: Callable[[int], object]) -> None:
    """Click a bar of a chart near its foot."""

    def click() -> None:
        bar.wait_for()
        box = bar.bounding_box()
        assert box
        bar.page.mouse.click(box["x"] + min(4, box["width"] / 2), box["y"] + box["height"] / 2)

    until(bar.page, click, came)


def undo_newest_import(page: Page) -> None:
    """On Settings > Data open the newest import and undo it."""
    undo = page.get_by_role("button", name="Undo this import")
    pick(page.get_by_test_id("stDataFrame").last, undo)
    undo.click()
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
