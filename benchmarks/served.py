"""The product served with a large demonstration, and how long it takes from a filter change to the page's last message."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Navigation_pb2 import Navigation

from pao_core.access.entry import sessions, sign_in
from pao_core.config import PROJECT, Settings
from pao_core.store.engine import Store

OPENING = {"country": ["PE"]}  # how the page is first opened; none of the questions asks this
LONGEST = 120  # seconds that a page may take before the benchmark gives up


@contextmanager
def server(data: Path) -> Iterator[int]:
    """The web process over the data in `data`, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PAO_DATA_DIR": str(data)}
    process = subprocess.Popen([sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--no-access-log", "--log-level", "error"],
                               cwd=PROJECT, env=environment)
    try:
        while not _answers(port):
            assert process.poll() is None, "the server has ended"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def session(store: Store, email: str, password: str) -> str:
    """A signed-in session's cookie."""
    now = Settings.now()
    ticket = sign_in.sign_in(store, email, password, None, now)
    assert ticket, "the demonstration's log-in is good"
    sid = sessions.exchange(store, ticket, now)
    assert sid
    return sid


async def filter_changes(port: int, sid: str, page: str, questions: list[dict[str, list[str]]]) -> list[float]:
    """Milliseconds from sending each question to the end of the run, in one session; the first opens the page."""
    taken = []
    async with websockets.connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,  # type: ignore[list-item]
                                  additional_headers={"Cookie": f"{sessions.COOKIE}={sid}"}) as connection:
        for question in questions:
            message = BackMsg()
            message.rerun_script.query_string = urlencode(question, doseq=True)
            message.rerun_script.page_name = page
            started = time.perf_counter()
            await connection.send(message.SerializeToString())
            await _drawn(connection)
            taken.append((time.perf_counter() - started) * 1000)
    return taken


async def _drawn(connection: websockets.ClientConnection) -> None:
    """Read to the end of the run. A page of who is not signed in, or one with a failure on it, is fast and measures nothing."""
    async with asyncio.timeout(LONGEST):
        async for part in connection:
            assert isinstance(part, bytes)
            message = ForwardMsg.FromString(part)
            kind = message.WhichOneof("type")
            assert kind != "navigation" or message.navigation.position != Navigation.HIDDEN, "the session is over"
            if kind == "delta" and message.delta.new_element.WhichOneof("type") == "alert":
                assert message.delta.new_element.alert.format != Alert.ERROR, message.delta.new_element.alert.body
            if kind == "script_finished":
                return


def changes(port: int, sid: str, page: str, questions: list[dict[str, list[str]]]) -> list[float]:
    """Milliseconds of each filter change on an open page."""
    return asyncio.run(filter_changes(port, sid, page, [OPENING, *questions]))[1:]


def opening(port: int, sid: str, page: str) -> float:
    """Milliseconds until a page is there in a new session."""
    return asyncio.run(filter_changes(port, sid, page, [{}]))[0]
