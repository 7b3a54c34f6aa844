"""The product itself under a flood of uploads (case 17), and what it tells a page that would frame it."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import websockets
from browser import PATIENCE, Served, answered
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pao_core.access.entry import sessions, sign_in
from pao_core.access.wall import quota
from pao_core.config import Settings
from pao_core.store.engine import Store

MEGABYTE = 1024**2
UPLOADS, SIZE = 200, 15 * MEGABYTE  # 3,000 MB in all
HELD = 100  # megabytes that the process may hold of them
GROWTH = 300 * MEGABYTE  # what is held, once more while it is put together, and the page that was drawn meanwhile
PUBLIC = "https://pao.example.com"
BOUNDARY = "between-the-parts"
FILE = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="orders.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
        + b"x" * SIZE + f"\r\n--{BOUNDARY}--\r\n".encode())


@pytest.fixture
def flooded(demonstration_data: Served, tmp_path: Path) -> Iterator[Served]:
    """A server of this test's own that may hold little and is known by a public name."""
    folder = tmp_path / "served"
    shutil.copytree(demonstration_data.data, folder)
    served = Served(folder, demonstration_data.log_ins, environment={
        "PAO_UPLOADS_MEMORY_MB": str(HELD), "PAO_UPLOAD_MB_PER_HOUR": "1000", "PAO_BASE_URL": PUBLIC})
    served.start()
    yield served
    served.stop()


@dataclass
class Reader:
    """Who uploads: an open page's name, the token against foreign pages, the cookie."""

    served: Served
    page: str
    xsrf: str
    cookie: str

    def upload(self, number: int) -> str:
        """Upload the file; the status, or `cut` when the server ended the connection while it was being sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=PATIENCE)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Cookie": f"_streamlit_xsrf={self.xsrf}; {self.cookie}",
                   "X-Xsrftoken": self.xsrf}
        status = "cut"
        with suppress(ConnectionError, http.client.HTTPException):
            connection.putrequest("PUT", f"/_stcore/upload_file/{self.page}/{number}")
            for name, value in {**headers, "Content-Length": str(len(FILE))}.items():
                connection.putheader(name, value)
            connection.endheaders()
            with suppress(ConnectionError):
                connection.send(FILE)
            status = str(connection.getresponse().status)
        connection.close()
        return status

    def flood(self) -> Counter[str]:
        """Upload it as often at once as the flood has it."""
        with ThreadPoolExecutor(UPLOADS) as threads:
            return Counter(threads.map(self.upload, range(UPLOADS)))


def memory(served: Served, what: str) -> int:
    """Bytes of the server's memory: `VmRSS` now, `VmHWM` at its highest ever."""
    assert served.process
    (line,) = [line for line in Path(f"/proc/{served.process.pid}/status").read_text().splitlines() if line.startswith(what)]
    return int(line.split()[1]) * 1024


def session_of(served: Served, who: int) -> str:
    """The session's cookie of a person of the demonstration."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data), **served.environment}))
    person, now = served.log_ins[who], Settings.now()
    sid = sessions.exchange(store, sign_in.sign_in(store, person["email"], person["password"], None, now), now)
    store.dispose()
    assert sid
    return f"{sessions.cookie_name(store.settings)}={sid}"


def xsrf_of(served: Served) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    connection.request("GET", "/_stcore/health")
    cookie = connection.getresponse().headers["Set-Cookie"]
    connection.close()
    return cookie.split("_streamlit_xsrf=")[1].split(";")[0]


async def drawn(stream: websockets.ClientConnection, page: str) -> str:
    """Draw a page; the name of the session that it has in the server."""
    message = BackMsg()
    message.rerun_script.page_name = page
    await stream.send(message.SerializeToString())
    name = ""
    async with asyncio.timeout(PATIENCE):
        async for part in stream:
            assert isinstance(part, bytes)
            told = ForwardMsg.FromString(part)
            name = told.new_session.initialize.session_id or name
            if told.WhichOneof("type") == "script_finished":
                return name
    return name


async def page_of(served: Served, cookie: str) -> tuple[websockets.ClientConnection, str]:
    """An open page, asked for as a browser does through a proxy that does not pass the public name on."""
    stream = await websockets.connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,  # type: ignore[list-item]
                                      additional_headers={"Origin": PUBLIC, "Cookie": cookie})
    return stream, await drawn(stream, "data")


def test_two_hundred_uploads_at_once_fill_no_memory(flooded: Served) -> None:
    async def flood() -> None:
        cookie, xsrf = session_of(flooded, 0), xsrf_of(flooded)
        stream, page = await page_of(flooded, cookie)
        stranger_stream, stranger_page = await page_of(flooded, "")
        before = memory(flooded, "VmRSS")

        without = await asyncio.to_thread(Reader(flooded, stranger_page, xsrf, "").flood)
        assert set(without) <= {"401", "cut"} and without["401"]
        assert memory(flooded, "VmHWM") - before < 60 * MEGABYTE

        reader = Reader(flooded, page, xsrf, cookie)
        signed_in = await asyncio.to_thread(reader.flood)
        assert set(signed_in) <= {"204", "429", "503", "cut"} and 0 < signed_in["204"] <= HELD * MEGABYTE // SIZE
        one_by_one = [await asyncio.to_thread(reader.upload, UPLOADS + number) for number in range(quota.AT_ONCE + 2)]
        assert one_by_one[-1] in ("503", "cut") and one_by_one.count("204") + signed_in["204"] == HELD * MEGABYTE // SIZE
        assert memory(flooded, "VmHWM") - before < GROWTH

        assert await drawn(stream, "")  # and pages are drawn as before
        await stream.close()
        await stranger_stream.close()

    answered(flood())


def test_no_other_site_may_send_the_page_commands(cold: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cold.port, timeout=PATIENCE)
    connection.request("GET", "/_stcore/host-config", headers={"Origin": "http://localhost:3000"})
    answer = connection.getresponse()
    assert json.loads(answer.read())["allowedOrigins"] == []
    assert answer.headers["Access-Control-Allow-Origin"] is None and "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    connection.close()
