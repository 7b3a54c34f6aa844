"""The routes beside the pages, over a real server on loopback: a ticket becomes a cookie, the font, the sign of health."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from door import Door, serving, settled_with
from keys import NOW

from pao_core.access.entry import sessions
from pao_core.access.wall import routes
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.engine import Store


@pytest.mark.parametrize("body", [lambda ticket: ticket, lambda ticket: f" {ticket}\n", lambda ticket: json.dumps({"ticket": ticket})])
def test_a_ticket_becomes_a_cookie_that_no_script_reads(store: Store, server: Door, ticket: str, body) -> None:  # type: ignore[no-untyped-def]
    answer = server.ask("POST", "/auth/session", body(ticket))
    value, *flags = answer.cookie.split("; ")
    assert answer.status == 204 and sorted(flags) == ["HttpOnly", "Path=/", "SameSite=lax"]
    assert sessions.viewer(store, value.removeprefix("pao_sid="), NOW) is not None
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_session_remembers_where_the_browser_is_and_what_it_calls_itself(store: Store, server: Door, ticket: str) -> None:
    sid = server.ask("POST", "/auth/session", ticket, User_Agent="Mozilla/5.0 Firefox/140.0").cookie.split("; ")[0].removeprefix("pao_sid=")
    viewer = sessions.viewer(store, sid, NOW)
    assert viewer is not None and viewer.user_id is not None
    found = [(one.address, one.agent, one.this) for one in sessions.mine(store, viewer.user_id, sid, NOW)]
    assert found == [("127.0.0.1", "Mozilla/5.0 Firefox/140.0", True)]


def test_a_ticket_is_taken_once(server: Door, ticket: str) -> None:
    assert [server.ask("POST", "/auth/session", ticket).status for _ in range(2)] == [204, 401]


def test_https_makes_the_cookie_secure_and_stays_https(small: Store, fonts: Path, ticket: str) -> None:
    with serving(small, fonts, trusted="127.0.0.1") as server:
        answer = server.ask("POST", "/auth/session", ticket, X_Forwarded_Proto="https")
    assert "Secure" in answer.cookie.split("; ") and answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_an_installation_on_https_has_a_cookie_that_no_other_host_or_plain_page_can_set(store: Store, fonts: Path, ticket: str) -> None:
    on_https = settled_with(store, PAO_BASE_URL="https://pao.example.com")
    with serving(on_https, fonts) as server:  # the proxy does not say that it came by https
        answer = server.ask("POST", "/auth/session", ticket, Host="pao.example.com", Origin="https://pao.example.com")
        value, *flags = answer.cookie.split("; ")
        assert value.startswith("__Host-pao_sid=") and sorted(flags) == ["HttpOnly", "Path=/", "SameSite=lax", "Secure"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert server.ask("GET", "/media/abc.csv", Cookie=value).status == 200
        assert server.ask("GET", "/media/abc.csv", Cookie=value.removeprefix("__Host-")).status == 401
        gone = server.ask("POST", "/auth/sign-out", Cookie=value).cookie
        assert gone.startswith('__Host-pao_sid=""') and "Secure" in gone
        assert server.ask("GET", "/media/abc.csv", Cookie=value).status == 401
    on_https.dispose()


def test_a_stranger_cannot_claim_to_be_a_proxy(server: Door, ticket: str) -> None:
    answer = server.ask("POST", "/auth/session", ticket, X_Forwarded_Proto="https")
    assert answer.status == 204 and "Secure" not in answer.cookie and answer.headers["Strict-Transport-Security"] is None


BODIES = [b"", b"{}", b'{"ticket": 5}', b'{"ticket": {"$ne": 1}}', b'{"ticket": null}', b"[" * 500, b"{" * 500,
          b"null", b"\xff\xfe", b"x" * 513, b"\0" * 43]


def test_what_is_no_ticket_is_answered_alike_and_sets_nothing(server: Door) -> None:
    for body in BODIES:
        answer = server.ask("POST", "/auth/session", body)
        assert (answer.status, answer.body, answer.cookie) == (401, b"Sign in again", ""), body


STRANGERS = [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
]


@pytest.mark.parametrize("path", ["/auth/session", "/auth/sign-out"])
def test_another_sites_page_neither_signs_in_nor_out(server: Door, cookie: str, path: str) -> None:
    for headers in STRANGERS:
        assert server.ask("POST", path, "x", Cookie=cookie, **headers).status == 403, headers
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 200


def test_this_sites_page_may_by_its_own_name_and_by_the_public_one(server: Door, ticket: str) -> None:
    for origin, status in ((f"http://127.0.0.1:{server.port}", 204), ("http://localhost:8501", 401)):
        assert server.ask("POST", "/auth/session", ticket, Origin=origin, Sec_Fetch_Site="same-origin").status == status


def test_signing_out_ends_the_session_and_takes_the_cookie_away(store: Store, server: Door, cookie: str) -> None:
    answer = server.ask("POST", "/auth/sign-out", Cookie=cookie)
    assert answer.status == 204 and 'pao_sid=""' in answer.cookie and "Max-Age=0" in answer.cookie
    assert sessions.viewer(store, cookie.removeprefix("pao_sid="), NOW) is None
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 401
    assert server.ask("POST", "/auth/sign-out").status == 204


def test_a_link_or_picture_neither_signs_in_nor_out(server: Door, cookie: str) -> None:
    for path in ("/auth/session", "/auth/sign-out"):
        assert server.ask("GET", path, Cookie=cookie).cookie == ""
    assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 200


def test_the_font_is_open_and_kept_for_good(server: Door) -> None:
    answer = server.ask("GET", "/assets/fonts/face.woff2")
    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, b"wOF2", "public, max-age=31536000, immutable")
    assert server.ask("GET", "/assets/fonts/../cookie.key").status == 404
    assert server.ask("GET", "/assets/fonts/%2e%2e/data/cookie.key").status == 404


def test_health_says_whether_the_store_answers_and_nothing_else(server: Door) -> None:
    answer = server.ask("GET", "/healthz")
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_store_that_is_away_closes_the_gate_and_shows_in_health(tmp_path: Path, fonts: Path, cookie: str) -> None:
    away = Settings.from_environment({"PAO_DATA_DIR": str(tmp_path / "data"), "PAO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/away"})
    with serving(Store(away), fonts) as server:
        assert server.ask("GET", "/healthz").status == 503
        assert server.ask("GET", "/media/abc.csv", Cookie=cookie).status == 401
        assert server.ask("POST", "/auth/session", "a" * 43).status == 503


def test_neither_tickets_nor_cookies_are_in_the_log(server: Door, ticket: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cookie = server.ask("POST", "/auth/session", ticket).cookie.split(";")[0]
    server.ask("GET", "/media/abc.csv", Cookie=cookie + "x")
    server.ask("POST", "/auth/session", ticket)
    assert ticket not in caplog.text and cookie.removeprefix("pao_sid=")[:20] not in caplog.text


def test_the_server_does_not_start_with_a_short_cookie_key(store: Store, fonts: Path) -> None:
    settings = Settings.from_environment({"PAO_DATA_DIR": str(store.settings.data_dir), "PAO_COOKIE_KEY": "some_key"})
    with pytest.raises(Refused, match="PAO_COOKIE_KEY"):
        routes.routes(settings, store, fonts=fonts)
