"""The wall around the pages, over a real server on loopback: what nobody gets without a session, and how much anybody gets.

Cases 12 and 17 of the security goals, and their neighbours: hostile addresses and hosts, other sites' pages, floods, uploads.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit
import websockets
from browser import PATIENCE, answered
from door import STREAM, UPLOAD, UPLOAD_BYTES, Answer, Door, serving, settled_with
from sqlalchemy import update
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.web.server.starlette import starlette_agent_routes, starlette_websocket
from streamlit.web.server.starlette import starlette_routes as streamlits
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pao_core.access.wall import gate as wall
from pao_core.access.wall import quota, rates
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import users

GATED = ["/media/abc.csv", UPLOAD, "/base/media/abc.csv", "/MEDIA/abc.csv", "/media//abc.csv", "/base/_stcore/upload_file/s/f"]
CLOSED = ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/metrics?families=x", "/base/_stcore/metrics", "/_STCORE/metrics", "/_stcore//metrics",
          "/_stcore/%6detrics", "/_stcore/agent/interact", "/_stcore/agent/openapi.json", "/base/_stcore/agent/mcp", "/_stcore/script-health-check"]
OPEN = ["/", "/order-history", "/static/media/font.woff2", "/_stcore/health", "/_stcore/host-config", "/component/x/index.html"]
FAST = 0.05  # seconds that a body may take in the tests of slow ones
DROP = 0.01  # seconds between the bytes of one that drips
MANY = {"PAO_READERS_PER_ADDRESS": "1"}  # the floods of one reader are short


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """The wall asks the store one thing, whose session this is; that is tried on both engines beside it."""
    return sqlite_store


# -- what needs a session ---------------------------------------------------------------------------------------------
STRANGE_COOKIES = ["", "pao_sid=", "pao_sid=forged", "{}x", "other={}", "pao_sid=\xe9\xff", ";;;=", "pao_sid=" + "a" * 9_000]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_files_and_uploads_need_a_session(server: Door, cookie: str, method: str) -> None:
    for path in GATED:
        assert server.ask(method, path, Cookie=cookie).status == 200, path
        for none in STRANGE_COOKIES:
            answer = server.ask(method, path, Cookie=none.format(cookie))
            assert (answer.status, answer.body) == (401, b"Sign in first"), (path, none)


def test_a_suspended_users_download_is_refused_at_once(store: Store, server: Door, cookie: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users).values(status="suspended"))
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 401


def test_the_program_itself_is_open(server: Door) -> None:
    assert [server.ask("GET", path).status for path in OPEN] == [200] * len(OPEN)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_figures_of_the_process_and_the_interface_for_programs_are_closed_to_everybody(server: Door, cookie: str, method: str) -> None:
    for path in CLOSED:
        for who in ("", cookie):
            assert server.ask(method, path, Cookie=who).status == 404, path


KNOWN = {
    "media": "gated", "media/{file_id:path}": "gated", "_stcore/upload_file": "gated", "_stcore/upload_file/{session_id}/{file_id}": "gated",
    "_stcore/metrics": "closed", "_stcore/script-health-check": "closed", "_stcore/agent/interact": "closed", "_stcore/agent/mcp": "closed",
    "_stcore/agent/openapi.json": "closed", "_stcore": "open", "_stcore/health": "open", "_stcore/host-config": "open", "_stcore/stream": "open",
    "_stcore/bidi-components/{path:path}": "open", "component": "open", "component/{path:path}": "open", "static": "open", "app/static": "open",
    "app/static/{path:path}": "open",
}


def test_each_of_streamlits_own_addresses_is_open_gated_or_closed_on_purpose() -> None:
    def how(path: str) -> str:
        if wall._matches(wall.CLOSED, path):
            return "closed"
        return "gated" if any(wall._matches(pattern, path) for pattern in (wall.MEDIA, wall.UPLOAD)) else "open"

    found = {value for module in (streamlits, starlette_websocket, starlette_agent_routes)
             for name, value in vars(module).items() if "ROUTE" in name and isinstance(value, str) and not value.startswith(".")}
    assert {path: how(path) for path in found} == KNOWN


# -- hostile addresses (case 12) --------------------------------------------------------------------------------------
SECRET = b"figures of another reader"


@pytest.fixture
def media() -> MemoryMediaFileStorage:
    return MemoryMediaFileStorage("/media")


def kept(media: MemoryMediaFileStorage, name: str | None = None) -> str:
    """The address of a download."""
    return media.get_url(media.load_and_get_id(SECRET, "text/csv", MediaFileKind.DOWNLOADABLE, name))


@contextmanager
def with_media(store: Store, fonts: Path, media: MemoryMediaFileStorage) -> Iterator[Door]:
    with serving(store, fonts, routes=streamlits.create_media_routes(media, "")) as server:
        yield server


def test_no_spelling_of_a_downloads_address_gets_past_the_gate(store: Store, fonts: Path, media: MemoryMediaFileStorage, cookie: str) -> None:
    address = kept(media)
    file = address.removeprefix("/media/")
    spelt = [f"/media/{file}", f"//media/{file}", f"/media//{file}", f"/./media/{file}", f"/static/../media/{file}", f"/%6dedia/{file}",
             f"/media%2f{file}", f"/static/media/../../media/{file}", f"/media/%2e%2e/media/{file}", f"/media\\{file}", f"/MEDIA/{file}",
             f"/media/{file}/", f"/media/{file}?x=/static/media/", f"/media/{file}#/static", f"/media/{file};x", f"/media/{file}%00",
             f"/static/media/{file}", f"/static%2fmedia/{file}", f"/media/x/../{file}"]
    with with_media(store, fonts, media) as server:
        assert server.ask("GET", address, Cookie=cookie).body == SECRET
        for path in spelt:
            for method in ("GET", "HEAD"):
                answer = server.ask(method, path)
                assert SECRET not in answer.body and answer.headers["Content-Disposition"] is None, path


def test_hostile_queries_and_long_addresses_are_answered_in_order(server: Door) -> None:
    for query in ("site=B&site=C", "q=%27%20OR%201%3D1--", "q=%00", "token[]=1", "x=" + "9" * 12_000, "%ff%fe=%ff"):
        assert server.ask("GET", f"/?{query}").status == 200, query[:40]
    assert server.ask("GET", "/" + "a" * 12_000).status == 200


def test_an_address_without_an_end_is_cut_off_and_the_next_is_answered(server: Door) -> None:
    with started(server, b"GET /") as connection, suppress(ConnectionError):  # cut while it is still being sent, or answered and closed
        for _ in range(10_000):
            connection.sendall(b"a" * 1_000)
        pytest.fail("ten million characters of an address were taken")
    assert server.ask("GET", "/").status == 200


# -- names and origins ------------------------------------------------------------------------------------------------
ANSWERED = ["127.0.0.1", "127.0.0.1:{port}", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8501", "pao.example.com", "pao.example.com:443",
            "desk.example.com", "north.offices.example", "PAO.example.COM"]
FOREIGN = ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost:80@evil.example", "localhost, evil.example", "",
           "127.0.0.1:x", "pao.example.com.evil.example", "xpao.example.com", "[::2]", "[::1", "offices.example", "x/127.0.0.1", "localhost.", "*"]


@pytest.fixture
def named(store: Store, fonts: Path) -> Iterator[Door]:
    """A server with a public name and two more."""
    settled = settled_with(store, PAO_BASE_URL="https://pao.example.com", PAO_ALLOWED_HOSTS="desk.example.com, *.Offices.example")
    with serving(settled, fonts) as server:
        yield server
    settled.dispose()


def test_only_the_sites_own_names_are_answered(named: Door) -> None:
    for host in ANSWERED:
        assert named.ask("GET", "/", Host=host.format(port=named.port)).status == 200, host
    for host in FOREIGN:
        answer = named.ask("GET", "/", Host=host.format(port=named.port))
        assert (answer.status, answer.body) == (400, b"Invalid host header"), host


def test_a_request_without_a_name_or_with_two_is_not_answered(named: Door) -> None:
    for head in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"):
        assert talk(named, head).startswith(b"HTTP/1.1 400"), head


def test_a_websocket_under_a_foreign_name_is_refused_before_it_opens(named: Door) -> None:
    upgrade = ("GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    for host, status in (("evil.example", b"400"), ("127.0.0.1.evil.example:80", b"400"), ("pao.example.com", b"101"), ("[::1]:8501", b"101")):
        assert talk(named, upgrade.format(host=host).encode()).startswith(b"HTTP/1.1 " + status), host


PAGES_ELSEWHERE = ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example", "http://localhost:9999", "file://"]


def test_another_sites_page_opens_no_websocket_even_with_the_readers_cookie(server: Door, cookie: str) -> None:
    for origin in PAGES_ELSEWHERE:
        assert refused(server, Origin=origin, Cookie=cookie).status_code == 403, origin
    assert refused(server, Sec_Fetch_Site="cross-site").status_code == 403
    for here in (f"http://127.0.0.1:{server.port}", "http://localhost:8501"):  # the name that was asked for, and the public one
        with opened(server, Origin=here, Cookie=cookie) as stream:
            assert echoed(stream)


def test_another_sites_page_uploads_and_deletes_nothing(server: Door, cookie: str) -> None:
    for method in ("PUT", "DELETE", "POST"):
        for origin in PAGES_ELSEWHERE:
            assert server.ask(method, UPLOAD, b"x", Origin=origin, Cookie=cookie).status == 403, origin


@pytest.mark.parametrize(("name", "value"), [
    ("PAO_ALLOWED_HOSTS", "https://pao.example.com"), ("PAO_ALLOWED_HOSTS", "*"), ("PAO_ALLOWED_HOSTS", "a.example:80"), ("PAO_ALLOWED_HOSTS", "a b"),
    ("PAO_BASE_URL", "pao.example.com"), ("PAO_BASE_URL", "ftp://pao.example.com"), ("PAO_BASE_URL", "https://"), ("PAO_BASE_URL", "http://a:x"),
    ("PAO_BASE_URL", "https://user:word@pao.example.com"), ("PAO_READERS_PER_ADDRESS", "0"), ("PAO_UPLOAD_MB_PER_HOUR", "many"),
])
def test_a_wrong_setting_of_the_wall_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Refused, match=name):
        Settings.from_environment({name: value})


# -- floods -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def crowded(store: Store, fonts: Path) -> Iterator[Door]:
    """A server with room for one reader behind an address, which believes its proxy."""
    settled = settled_with(store, **MANY)
    with serving(settled, fonts, trusted="127.0.0.1") as server:
        yield server
    settled.dispose()


def test_a_flood_from_one_address_is_slowed_while_another_is_served(crowded: Door) -> None:
    burst, per_second = rates.REQUESTS
    flood = [crowded.ask("GET", "/", X_Forwarded_For="203.0.113.7") for _ in range(burst + 20)]
    assert [answer.status for answer in flood] == [200] * burst + [429] * 20
    assert flood[-1].headers["Retry-After"] == "1" and flood[-1].body == b"Too many requests. Wait 1 seconds, then try again."
    assert crowded.ask("GET", "/", X_Forwarded_For="203.0.113.8").status == 200
    crowded.now += timedelta(seconds=10)
    later = [crowded.ask("GET", "/", X_Forwarded_For="203.0.113.7").status for _ in range(15)]
    assert later == [200] * int(10 * per_second) + [429] * 5


def test_who_has_signed_in_is_served_from_the_flooding_address(crowded: Door, cookie: str) -> None:
    flooding = {"X_Forwarded_For": "203.0.113.7"}
    for _ in range(rates.REQUESTS[0]):
        crowded.ask("GET", "/", **flooding)
    assert crowded.ask("GET", "/", **flooding, Cookie="pao_sid=forged").status == 429
    assert crowded.ask("GET", "/", **flooding, Cookie=cookie).status == 200


def test_an_ipv6_flood_from_a_whole_network_is_one_flood(crowded: Door) -> None:
    answers = [crowded.ask("GET", "/", X_Forwarded_For=f"2001:db8::{number:x}").status for number in range(rates.REQUESTS[0] + 5)]
    assert answers[-5:] == [429] * 5
    assert crowded.ask("GET", "/", X_Forwarded_For="2001:db8:0:1::1").status == 200


def test_guessing_tickets_is_slowed(crowded: Door) -> None:
    answers = [crowded.ask("POST", "/auth/session", "a" * 43, X_Forwarded_For="203.0.113.7") for _ in range(4)]
    assert [answer.status for answer in answers] == [401, 401, 429, 429]
    assert answers[-1].headers["Retry-After"] == "50"
    assert crowded.ask("POST", "/auth/session", "a" * 43, X_Forwarded_For="203.0.113.8").status == 401


def test_a_stranger_opens_few_websockets_and_a_closed_one_counts_as_long_as_its_page_is_kept(crowded: Door, cookie: str) -> None:
    address = {"X_Forwarded_For": "203.0.113.7"}
    with opened(crowded, **address), opened(crowded, **address):
        full = refused(crowded, **address)
        assert (full.status_code, full.headers["Retry-After"]) == (429, "120")
        with opened(crowded, X_Forwarded_For="203.0.113.8") as other, opened(crowded, **address, Cookie=cookie) as reader:
            assert echoed(other) and echoed(reader)
    crowded.now += timedelta(seconds=119)
    assert refused(crowded, **address).status_code == 429
    crowded.now += timedelta(seconds=2)
    with opened(crowded, **address) as stream:
        assert echoed(stream)


def test_a_stranger_who_opens_and_closes_without_end_is_slowed(store: Store, fonts: Path) -> None:
    with serving(store, fonts, readers=1) as server:
        statuses = [attempt(server) for _ in range(5)]
    # No place for the third; from the fourth on it is not even looked for one.
    assert statuses == [(101, ""), (101, ""), (429, "120"), (429, "20"), (429, "20")]


def test_a_readers_websockets_are_many_and_bounded_too(server: Door, cookie: str) -> None:
    async def opened_at_once(number: int) -> list[object]:
        tries = [websockets.connect(f"ws://127.0.0.1:{server.port}{STREAM}", additional_headers={"Cookie": cookie}, open_timeout=PATIENCE)
                 for _ in range(number)]
        streams = await asyncio.gather(*tries, return_exceptions=True)
        for stream in streams:
            if isinstance(stream, websockets.ClientConnection):
                await stream.close()
        return [stream for stream in streams if isinstance(stream, InvalidStatus)]

    assert len(answered(opened_at_once(rates.USER_SOCKETS + 3))) == 3
    with opened(server, Cookie=cookie) as stream:  # closed ones do not count: their user is known
        assert echoed(stream)


def test_a_forged_or_ended_session_is_a_stranger(crowded: Door, cookie: str) -> None:
    address = {"X_Forwarded_For": "203.0.113.7"}
    crowded.ask("POST", "/auth/sign-out", Cookie=cookie)
    with opened(crowded, **address, Cookie=cookie), opened(crowded, **address, Cookie="pao_sid=forged"):
        assert refused(crowded, **address, Cookie=cookie).status_code == 429


def test_what_a_stranger_sends_is_slowed_while_others_are_answered(store: Store, fonts: Path, cookie: str) -> None:
    readers, burst = 20, rates.FRAMES[0] * 20
    with serving(store, fonts, trusted="127.0.0.1", readers=readers) as server, opened(server, X_Forwarded_For="203.0.113.7") as flood:
        for _ in range(burst):
            assert echoed(flood)
        flood.send(b"one more")
        with opened(server, X_Forwarded_For="203.0.113.8") as other, opened(server, X_Forwarded_For="203.0.113.7", Cookie=cookie) as reader:
            assert echoed(other) and all(echoed(reader) for _ in range(burst + 1))
        with pytest.raises(TimeoutError):
            flood.recv(timeout=0.3)
        server.now += timedelta(seconds=60)
        assert flood.recv(timeout=PATIENCE) == b"one more"


def test_a_stranger_who_sends_much_at_once_is_cut_off(server: Door, cookie: str) -> None:
    with opened(server) as stream:
        stream.send(b"x" * rates.FRAME_BYTES)
        assert len(stream.recv(timeout=PATIENCE)) == rates.FRAME_BYTES
        stream.send(b"x" * (rates.FRAME_BYTES + 1))
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=PATIENCE)
        assert closed.value.rcvd and closed.value.rcvd.code == 1009
    with opened(server, Cookie=cookie) as stream:
        assert echoed(stream, rates.FRAME_BYTES + 1)


# -- uploads (case 17) ------------------------------------------------------------------------------------------------
def test_an_upload_is_bounded_by_what_it_declares_and_by_what_it_sends(server: Door, cookie: str) -> None:
    most = UPLOAD_BYTES + wall.MULTIPART_BYTES
    assert server.ask("PUT", UPLOAD, b"x" * most, Cookie=cookie).body == f"http {most}".encode()
    assert server.ask("PUT", UPLOAD, b"x" * (most + 1), Cookie=cookie).status == 413
    chunks = (b"x" * 1024 for _ in range(most // 1024 + 1))
    assert server.ask("PUT", UPLOAD, chunks, Cookie=cookie, Transfer_Encoding="chunked").status == 413
    for declared in ("2147483648", "9" * 18):
        assert talk(server, head("PUT", UPLOAD, declared, cookie)).startswith(b"HTTP/1.1 413"), declared


def test_every_other_body_is_small(server: Door) -> None:
    assert server.ask("POST", "/", b"x" * wall.FORM_BYTES).status == 200
    assert server.ask("POST", "/", b"x" * (wall.FORM_BYTES + 1)).status == 413
    assert server.ask("POST", "/auth/session", (b"x" * 1024 for _ in range(65)), Transfer_Encoding="chunked").status == 413


def test_a_body_that_does_not_come_is_ended(store: Store, fonts: Path, cookie: str) -> None:
    with serving(store, fonts, patience=FAST) as server:
        for path in (UPLOAD, "/", "/auth/session"):
            assert talk(server, head("PUT" if path == UPLOAD else "POST", path, "1000", cookie) + b"half").startswith(b"HTTP/1.1 408"), path
        whole = head("PUT", UPLOAD, "1000", cookie) + b"x" * 1000  # in one piece, which is there at once
        assert talk(server, whole).startswith(b"HTTP/1.1 200")


def test_a_body_that_drips_is_ended(store: Store, fonts: Path, cookie: str) -> None:
    with serving(store, fonts, patience=0.5) as server:  # far more than lies between two drops
        for method, path in (("POST", "/"), ("PUT", UPLOAD)):
            assert dripped(server, head(method, path, "60000", cookie)).startswith(b"HTTP/1.1 408"), path


def test_one_user_sends_so_many_files_at_once(server: Door, cookie: str) -> None:
    half = [started(server, head("PUT", UPLOAD, "1000", cookie) + b"x" * 500) for _ in range(quota.AT_ONCE)]
    until(lambda: server.ask("PUT", UPLOAD, b"x", Cookie=cookie).status == 429)
    full = server.ask("PUT", UPLOAD, b"x", Cookie=cookie)
    assert (full.body, full.headers["Retry-After"]) == (b"You are sending too many files at once. Wait until one has arrived.", "5")
    half[0].sendall(b"x" * 500)
    assert read(half[0]).startswith(b"HTTP/1.1 200")
    until(lambda: server.ask("PUT", UPLOAD, b"x", Cookie=cookie).status == 200)
    half[1].close()  # a browser that goes away leaves its place too
    for other in half[2:]:
        other.close()
    until(lambda: all(answer.status == 200 for answer in side_by_side(server, quota.AT_ONCE, cookie)))


def test_one_user_sends_so_much_within_an_hour(small: Store, fonts: Path, cookie: str) -> None:
    settled = settled_with(small, PAO_UPLOAD_MB_PER_HOUR="1")
    with serving(settled, fonts) as server:
        assert [server.ask("PUT", UPLOAD, b"x" * UPLOAD_BYTES, Cookie=cookie).status for _ in range(5)] == [200, 200, 200, 200, 429]
        full = server.ask("PUT", UPLOAD, b"x" * UPLOAD_BYTES, Cookie=cookie)
        assert full.body == b"You have sent as much as one user may within an hour. Try again later."
        assert full.headers["Retry-After"] == "900"
        assert server.ask("DELETE", UPLOAD, Cookie=cookie).status == 200
        server.now += timedelta(minutes=16)
        assert server.ask("PUT", UPLOAD, b"x" * UPLOAD_BYTES, Cookie=cookie).status == 200
    settled.dispose()


def test_what_did_not_arrive_is_not_counted(small: Store, fonts: Path, cookie: str) -> None:
    settled = settled_with(small, PAO_UPLOAD_MB_PER_HOUR="1")
    with serving(settled, fonts, patience=FAST) as server:
        for _ in range(8):
            assert talk(server, head("PUT", UPLOAD, str(UPLOAD_BYTES), cookie) + b"x").startswith(b"HTTP/1.1 408")
        assert talk(server, head("PUT", UPLOAD, "1000", cookie) + b"x" * 1000).startswith(b"HTTP/1.1 200")
    settled.dispose()


def test_what_all_users_files_take_of_memory_is_bounded(small: Store, fonts: Path, cookie: str) -> None:
    settled, held = settled_with(small, PAO_UPLOADS_MEMORY_MB="1"), [0]
    with serving(settled, fonts, held=lambda: held[0]) as server:
        for so_much, status in ((0, 200), (1024**2 - UPLOAD_BYTES, 200), (1024**2 - UPLOAD_BYTES + 1, 503), (0, 200)):
            held[0] = so_much
            answer = server.ask("PUT", UPLOAD, b"x" * UPLOAD_BYTES, Cookie=cookie)
            assert answer.status == status
        held[0] = 1024**2
        assert server.ask("PUT", UPLOAD, b"x", Cookie=cookie).headers["Retry-After"] == "60"
    settled.dispose()


# -- headers ----------------------------------------------------------------------------------------------------------
def test_every_answer_carries_the_security_headers(crowded: Door, cookie: str) -> None:
    asked = {
        200: ("GET", "/", {}), 204: ("POST", "/auth/sign-out", {}), 400: ("GET", "/", {"Host": "evil.example"}), 401: ("GET", "/media/abc.csv", {}),
        403: ("POST", "/", {"Origin": "https://evil.example"}), 404: ("GET", "/_stcore/metrics", {}),
        413: ("POST", "/", {"Content_Length": "999999"}), 500: ("GET", "/fails", {}),
    }
    answers = {status: crowded.ask(method, path, **headers) for status, (method, path, headers) in asked.items()}
    answers[429] = [crowded.ask("GET", "/") for _ in range(rates.REQUESTS[0])][-1]
    for status, answer in answers.items():
        assert answer.status == status
        assert {name: answer.headers.get_all(name) for name in wall.HEADERS} == {name: [value] for name, value in wall.HEADERS.items()}, status
        assert answer.headers["Access-Control-Allow-Origin"] is None, status
    unopened = refused(crowded, Origin="https://evil.example").headers
    assert all(unopened[name] == value for name, value in wall.HEADERS.items())


def test_the_policy_runs_only_files_of_this_site_and_streamlits_start(server: Door) -> None:
    policy = server.ask("GET", "/").headers["Content-Security-Policy"]
    (scripts,) = [rule for rule in policy.split("; ") if rule.startswith("script-src")]
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in re.findall("<script>(.*?)</script>", page, re.S)]
    assert scripts == "script-src 'self' " + " ".join(f"'sha256-{hash_}'" for hash_ in hashes)
    assert "unsafe-eval" not in policy and "http" not in policy and "*" not in policy and policy.startswith("default-src 'none'")


def test_a_failure_tells_the_reader_a_mark_and_the_log_the_rest(server: Door, caplog: pytest.LogCaptureFixture) -> None:
    answer = server.ask("GET", "/fails")
    mark = answer.body.decode().removesuffix(".").rsplit(" ", 1)[1]
    assert answer.status == 500 and b"secret" not in answer.body and b"Traceback" not in answer.body
    assert mark in caplog.text and "the secret of the failure" in caplog.text


def test_a_download_is_kept_nowhere_on_its_way(store: Store, fonts: Path, media: MemoryMediaFileStorage, cookie: str) -> None:
    with with_media(store, fonts, media) as server:
        for path in (kept(media), "/media/none.csv"):
            answer = server.ask("GET", path, Cookie=cookie)
            assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert server.ask("GET", "/static/media/font.woff2").headers["Cache-Control"] is None


NAMES = ['a".exe', "a\r\nSet-Cookie: pao_sid=x", "../../etc/passwd", "a;filename=b.exe", "preços.csv", "a\\b", "\u202egpj.exe", "x" * 300, "a\0b", ""]


def test_a_downloads_name_stays_inside_its_header(store: Store, fonts: Path, media: MemoryMediaFileStorage, cookie: str) -> None:
    with with_media(store, fonts, media) as server:
        for name in NAMES:
            answer = server.ask("GET", kept(media, name), Cookie=cookie)
            disposition = answer.headers["Content-Disposition"]
            assert answer.status == 200 and answer.cookie == "", name
            assert disposition.startswith("attachment; filename") and disposition.isascii(), name
            quoted = disposition.removeprefix('attachment; filename="').removesuffix('"')
            assert not disposition.startswith('attachment; filename="') or not set(quoted) & set('"\\\r\n\0'), name


# -- raw talk ---------------------------------------------------------------------------------------------------------
def head(method: str, path: str, length: str, cookie: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\r\n".encode()


def started(server: Door, first: bytes) -> socket.socket:
    """A connection on which this was sent."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    connection.sendall(first)
    return connection


def read(connection: socket.socket) -> bytes:
    """The first of the answer: its status, and what came with it."""
    answer = b""
    while b"\r\n" not in answer and (more := connection.recv(4096)):
        answer += more
    connection.close()
    return answer


def talk(server: Door, request: bytes) -> bytes:
    return read(started(server, request))


def dripped(server: Door, request: bytes) -> bytes:
    """The answer to a body that comes byte by byte, for as long as none is there."""
    with started(server, request) as connection:
        connection.settimeout(DROP)
        for _ in range(1_000):
            try:
                return connection.recv(4096)
            except TimeoutError:
                with suppress(ConnectionError):  # it was answered this very moment: the next look finds it
                    connection.sendall(b"x")
    return b"never"


def until(true: Callable[[], bool]) -> None:
    """Ask until it is so: the server reads on its own time."""
    assert any(true() for _ in range(500))


def side_by_side(server: Door, number: int, cookie: str) -> list[Answer]:
    async def asked() -> list[Answer]:
        return await asyncio.gather(*(asyncio.to_thread(server.ask, "PUT", UPLOAD, b"x", Cookie=cookie) for _ in range(number)))

    return answered(asked())


@contextmanager
def opened(server: Door, **headers: str) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{server.port}{STREAM}", additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
                 max_size=None, open_timeout=PATIENCE) as stream:
        yield stream


def refused(server: Door, **headers: str) -> websockets.Response:
    """The answer to a websocket that does not open."""
    with pytest.raises(InvalidStatus) as refusal, opened(server, **headers):
        pass
    return refusal.value.response


def attempt(server: Door) -> tuple[int, str]:
    """The status of an attempt to open a websocket, and when it may be tried again."""
    try:
        with opened(server):
            return 101, ""
    except InvalidStatus as refusal:
        return refusal.response.status_code, refusal.response.headers["Retry-After"]


def echoed(stream: ClientConnection, size: int = 5) -> bool:
    stream.send(b"x" * size)
    return stream.recv(timeout=PATIENCE) == b"x" * size
