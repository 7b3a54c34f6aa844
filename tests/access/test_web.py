"""The web wall, over a real server on loopback: what the browser gets, and what nobody gets without a session."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from keys import NOW, ticket_of_ana
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.web.server.starlette import starlette_routes as streamlits

from pao_core.access import sessions, wall, web
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import users

UPLOAD = "/_stcore/upload_file/session/file"
GATED = ["/media/abc.csv", UPLOAD, "/_stcore/metrics", "/base/media/abc.csv", "/MEDIA/abc.csv", "/media//abc.csv", "/_stcore/metrics/"]
UPLOAD_BYTES = 256 * 1024


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cookie(self) -> str:
        return self.headers["Set-Cookie"] or ""


class Server:
    """The wall around a tiny app that answers 200 with the number of bytes it was sent."""

    def __init__(self, store: Store, fonts: Path, trusted: str) -> None:
        async def inside(request: Request) -> Response:
            return PlainTextResponse(f"{request.url.scheme} {len(await request.body())}")

        app = Starlette(
            routes=[*web.routes(store.settings, store, lambda: NOW, fonts), Route("/{path:path}", inside, methods=["GET", "PUT", "POST", "DELETE"])],
            middleware=web.middleware(store.settings, store, lambda: NOW),
        )
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", forwarded_allow_ips=trusted))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named, encode_chunked=not isinstance(body, (bytes, str, type(None))))  # type: ignore[arg-type]
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer


@contextmanager
def serving(store: Store, fonts: Path, trusted: str = "") -> Iterator[Server]:
    made = Server(store, fonts, trusted)
    made.thread.start()
    try:
        yield made
    finally:
        made.server.should_exit = True
        made.thread.join()


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
def server(small: Store, fonts: Path) -> Iterator[Server]:
    with serving(small, fonts) as made:
        yield made


@pytest.fixture
def ticket(store: Store, ana: str) -> str:
    return ticket_of_ana(store)


@pytest.fixture
def cookie(server: Server, ticket: str) -> str:
    return server.ask("POST", "/auth/session", ticket).cookie.split(";")[0]


@pytest.mark.parametrize("body", [lambda ticket: ticket, lambda ticket: f" {ticket}\n", lambda ticket: json.dumps({"ticket": ticket})])
def test_a_ticket_becomes_a_cookie_that_no_script_reads(store: Store, server: Server, ticket: str, body) -> None:  # type: ignore[no-untyped-def]
    answer = server.ask("POST", "/auth/session", body(ticket))
    value, *flags = answer.cookie.split("; ")
    assert answer.status == 204 and sorted(flags) == ["HttpOnly", "Path=/", "SameSite=lax"]
    assert sessions.viewer(store, value.removeprefix("pao_sid="), NOW) is not None
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_ticket_is_taken_once(server: Server, ticket: str) -> None:
    assert [server.ask("POST", "/auth/session", ticket).status for _ in range(2)] == [204, 401]


def test_https_makes_the_cookie_secure_and_stays_https(small: Store, fonts: Path, ticket: str) -> None:
    with serving(small, fonts, trusted="127.0.0.1") as server:
        answer = server.ask("POST", "/auth/session", ticket, X_Forwarded_Proto="https")
    assert "Secure" in answer.cookie.split("; ") and answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_stranger_cannot_claim_to_be_a_proxy(server: Server, ticket: str) -> None:
    answer = server.ask("POST", "/auth/session", ticket, X_Forwarded_Proto="https")
    assert answer.status == 204 and "Secure" not in answer.cookie and answer.headers["Strict-Transport-Security"] is None


BODIES = [b"", b"{}", b'{"ticket": 5}', b'{"ticket": {"$ne": 1}}', b'{"ticket": null}', b"[" * 500, b"{" * 500,
          b"null", b"\xff\xfe", b"x" * 513, b"\0" * 43]


def test_what_is_no_ticket_is_answered_alike_and_sets_nothing(server: Server) -> None:
    for body in BODIES:
        answer = server.ask("POST", "/auth/session", body)
        assert (answer.status, answer.body, answer.cookie) == (401, b"Sign in again", ""), body


STRANGERS = [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
]


@pytest.mark.parametrize("path", ["/auth/session", "/auth/sign-out"])
def test_another_sites_page_neither_signs_in_nor_out(server: Server, cookie: str, path: str) -> None:
    for headers in STRANGERS:
        assert server.ask("POST", path, "x", Cookie=cookie, **headers).status == 403, headers
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 200


def test_this_sites_page_may_by_its_own_name_and_by_the_public_one(server: Server, ticket: str) -> None:
    for origin, status in ((f"http://127.0.0.1:{server.port}", 204), ("http://localhost:8501", 401)):
        assert server.ask("POST", "/auth/session", ticket, Origin=origin, Sec_Fetch_Site="same-origin").status == status


def test_signing_out_ends_the_session_and_takes_the_cookie_away(store: Store, server: Server, cookie: str) -> None:
    answer = server.ask("POST", "/auth/sign-out", Cookie=cookie)
    assert answer.status == 204 and 'pao_sid=""' in answer.cookie and "Max-Age=0" in answer.cookie
    assert sessions.viewer(store, cookie.removeprefix("pao_sid="), NOW) is None
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 401
    assert server.ask("POST", "/auth/sign-out").status == 204


def test_a_link_or_picture_neither_signs_in_nor_out(server: Server, cookie: str) -> None:
    for path in ("/auth/session", "/auth/sign-out"):
        assert server.ask("GET", path, Cookie=cookie).cookie == ""
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 200


STRANGE_COOKIES = ["", "pao_sid=", "pao_sid=forged", "{}x", "other={}", "pao_sid=\xe9\xff", ";;;=", "pao_sid=" + "a" * 9_000]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_files_uploads_and_figures_need_a_session(server: Server, cookie: str, method: str) -> None:
    for path in GATED:
        assert server.ask(method, path, Cookie=cookie).status == 200, path
        for none in STRANGE_COOKIES:
            answer = server.ask(method, path, Cookie=none.format(cookie))
            assert (answer.status, answer.body) == (401, b"Sign in first"), (path, none)


def test_a_suspended_users_download_is_refused_at_once(store: Store, server: Server, cookie: str) -> None:
    with store.writing("test") as writing:
        writing.connection.execute(update(users).values(status="suspended"))
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 401


OPEN = ["/", "/order-history", "/static/media/font.woff2", "/_stcore/health", "/_stcore/host-config", "/component/x/index.html"]


def test_the_program_itself_is_open(server: Server) -> None:
    assert [server.ask("GET", path).status for path in OPEN] == [200] * len(OPEN)


def test_the_interface_for_driving_the_app_is_closed_even_to_users(server: Server, cookie: str) -> None:
    for path in ["/_stcore/agent/interact", "/_stcore/agent/openapi.json", "/base/_stcore/agent/mcp"]:
        assert server.ask("POST", path, Cookie=cookie).status == 404, path


def test_the_gated_paths_are_streamlits_own() -> None:
    paths = [f"/{streamlits.BASE_ROUTE_MEDIA}/x", f"/{streamlits.BASE_ROUTE_UPLOAD_FILE}/s/f", f"/{streamlits.ROUTE_METRICS}"]
    assert all(wall._matches(wall.GATED, path) for path in paths)


def test_an_upload_is_bounded_by_what_it_declares_and_by_what_it_sends(server: Server, cookie: str) -> None:
    most = UPLOAD_BYTES + wall.MULTIPART_BYTES
    assert server.ask("PUT", UPLOAD, b"x" * most, Cookie=cookie).body == f"http {most}".encode()
    assert server.ask("PUT", UPLOAD, b"x" * (most + 1), Cookie=cookie).status == 413
    chunks = (b"x" * 1024 for _ in range(most // 1024 + 1))
    assert server.ask("PUT", UPLOAD, chunks, Cookie=cookie, Transfer_Encoding="chunked").status == 413


def test_every_other_body_is_small(server: Server) -> None:
    assert server.ask("POST", "/", b"x" * wall.FORM_BYTES).status == 200
    assert server.ask("POST", "/", b"x" * (wall.FORM_BYTES + 1)).status == 413
    assert server.ask("POST", "/auth/session", (b"x" * 1024 for _ in range(65)), Transfer_Encoding="chunked").status == 413


def test_every_answer_carries_the_security_headers(server: Server) -> None:
    for path in ["/", "/healthz", "/media/abc.csv", "/_stcore/agent/interact", "/assets/fonts/face.woff2", "/auth/session"]:
        headers = server.ask("GET", path).headers
        assert {name: headers.get_all(name) for name in wall.HEADERS} == {name: [value] for name, value in wall.HEADERS.items()}, path
        assert "unsafe-eval" not in headers["Content-Security-Policy"] and "http" not in headers["Content-Security-Policy"]


def test_the_font_is_open_and_kept_for_good(server: Server) -> None:
    answer = server.ask("GET", "/assets/fonts/face.woff2")
    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, b"wOF2", "public, max-age=31536000, immutable")
    assert server.ask("GET", "/assets/fonts/../cookie.key").status == 404
    assert server.ask("GET", "/assets/fonts/%2e%2e/data/cookie.key").status == 404


def test_health_says_whether_the_store_answers_and_nothing_else(server: Server) -> None:
    answer = server.ask("GET", "/healthz")
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_store_that_is_away_closes_the_gate_and_shows_in_health(tmp_path: Path, fonts: Path, cookie: str) -> None:
    away = Settings.from_environment({"PAO_DATA_DIR": str(tmp_path / "data"), "PAO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/away"})
    with serving(Store(away), fonts) as server:
        assert server.ask("GET", "/healthz").status == 503
        assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 401
        assert server.ask("POST", "/auth/session", "a" * 43).status == 503


def test_neither_tickets_nor_cookies_are_in_the_log(server: Server, ticket: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cookie = server.ask("POST", "/auth/session", ticket).cookie.split(";")[0]
    server.ask("GET", "/media/abc.csv", Cookie=cookie + "x")
    server.ask("POST", "/auth/session", ticket)
    assert ticket not in caplog.text and cookie.removeprefix("pao_sid=")[:20] not in caplog.text


def test_the_server_does_not_start_with_a_short_cookie_key(store: Store, fonts: Path) -> None:
    settings = Settings.from_environment({"PAO_DATA_DIR": str(store.settings.data_dir), "PAO_COOKIE_KEY": "some_key"})
    with pytest.raises(Refused, match="PAO_COOKIE_KEY"):
        web.routes(settings, store, fonts=fonts)
