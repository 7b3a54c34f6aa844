"""A served product, and the steps that every person in a browser takes."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.access.entry import passwords, sessions
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
PATIENCE = 90  # seconds that a server may take to start, to answer or to draw; a busy machine needs many, and no test waits for longer than it must
_asked = itertools.count()


@dataclass
class Served:
    """A server of its own, its data, and who may sign in there."""

    data: Path
    log_ins: list[dict[str, str]]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    _listening: socket.socket | None = None

    @property
    def port(self) -> int:
        """Its port, which is its own from the first question until it stops: it may be known before it starts."""
        if self._listening is None:
            self._listening = socket.create_server(("127.0.0.1", 0))
        return int(self._listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def start(self) -> None:
        """Start it cold: no session has ever been there."""
        assert self.port and self._listening
        socket_ = self._listening.fileno()
        command = [sys.executable, "-m", "uvicorn", "app:app", "--fd", str(socket_), "--no-access-log"]
        environment = {**os.environ, "PAO_DATA_DIR": str(self.data), **self.environment}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log, pass_fds=[socket_])
        end = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(self.log.read_text()[-3000:])
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
            self.process.wait(PATIENCE)
        if self._listening:
            self._listening.close()
            self._listening = None


class Seats:
    """Where readers sit: contexts of the browser that are kept from test to test, cleared of all but the program that they have loaded.

    A page in a context that is new takes five seconds of the processor to load the program. Each seat has a page of its own at the
    machine's address besides, which keeps the process there that has compiled it.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def take(self, language: str) -> BrowserContext:
        """A seat whose reader speaks this language, and where nobody sits."""
        free = self._free.setdefault(language, [])
        return free.pop() if free else self._new(language)

    def leave(self, language: str, context: BrowserContext) -> None:
        """Close what the reader has opened and forget who it was."""
        kept, *opened = context.pages
        origins = {"{0.scheme}://{0.netloc}".format(urlsplit(page.url)) for page in opened if page.url.startswith("http")}
        for page in opened:
            page.close()
        context.clear_cookies()
        storage = context.new_cdp_session(kept)
        for origin in origins:
            storage.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})
        storage.detach()
        self._free[language].append(context)

    def _new(self, language: str) -> BrowserContext:
        context = self._browser.new_context(locale=language, timezone_id="America/Sao_Paulo", viewport={"width": 1440, "height": 900},
                                            color_scheme="light", accept_downloads=True, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE * 1_000)
        kept = context.new_page()
        kept.route("**", lambda route: route.fulfill(content_type="text/html", body=""))
        kept.goto("http://127.0.0.1/")
        return context


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
    """Open an address as somebody who has just signed in: the browser has exchanged its ticket for a cookie, and the form is left out."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    with store.reading() as reading:
        user = reading.execute(select(users.c.id, users.c.password_hash).where(users.c.email == served.log_ins[who]["email"])).one()
    with store.desk_writing() as writing:
        ticket = sessions.open_ticket(writing, user.id, passwords.fingerprint(user.password_hash), Settings.now())
    store.dispose()
    answer = page.request.post(f"{served.url}/auth/session", data=ticket, headers={"Origin": served.url})
    assert answer.status == 204, answer.text()
    page.goto(f"{served.url}{address}")
    page.locator("h1").wait_for()
    settled(page)


def sign_in_by_form(page: Page, served: Served, address: str = "/", who: int = 0) -> None:
    """Open an address as a stranger and sign in there."""
    page.goto(f"{served.url}{address}")
    person = served.log_ins[who]
    fill_in(page, person["email"], person["password"])
    # The form's own: the page behind may ask for passwords too.
    page.locator("input[type=password][autocomplete=off]").wait_for(state="detached")
    page.locator("h1").wait_for()
    settled(page)


def fill_in(page: Page, email: str, password: str) -> None:
    """Give the form of the page that asks who one is these two."""
    page.locator("input[type=password]").wait_for()
    page.locator("input[type=text]").first.fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_test_id("stFormSubmitButton").locator("button").click()


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
