"""The wall around the web process, as pure ASGI: security headers on every answer, and what only a live session may reach."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pao_core.access import sessions
from pao_core.store.engine import Store, StoreUnreachable

log = logging.getLogger(__name__)

# The strictest that Streamlit 1.67 lives with, found by taking each word away in a browser. It needs 'unsafe-inline' for
# its start-up script, for the script that hands over the sign-in ticket, and for the styles of its components; data: and
# blob: for icons, pictures and plotly's picture download; frames for its components. No eval, no other host, no worker.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self' 'unsafe-inline'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:",
    "font-src 'self' data:", "connect-src 'self'", "frame-src 'self'", "frame-ancestors 'self'", "base-uri 'none'", "form-action 'self'",
))
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "SAMEORIGIN",  # DENY would close the frames of Streamlit's own components
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Served by Streamlit to whoever has the address: files made for a viewer, uploads into memory, figures of the process.
# At any depth, for a base path (`server.baseUrlPath`) may come before; static/media is the program itself.
GATED = re.compile(r"(?<!/static)/media/|/_stcore/(upload_file|metrics)/")
# Streamlit's interface for driving the app by programs is never used here.
CLOSED = re.compile(r"/_stcore/agent/")
FORM_BYTES = 64 * 1024  # the most that a request other than an upload may carry
MULTIPART_BYTES = 64 * 1024  # what an upload adds around its file


class SecurityHeaders:
    """Adds HEADERS to every answer, and tells a browser that came by https to stay with it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Gate:
    """Answers 401 to who has no live session where one is needed, and 413 to a body above `upload_bytes` (64 KiB elsewhere)."""

    def __init__(self, app: ASGIApp, store: Store, clock: Callable[[], datetime], upload_bytes: int) -> None:
        self.app = app
        self.store = store
        self.clock = clock
        self.upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        gated = _matches(GATED, scope["path"])
        if _matches(CLOSED, scope["path"]):
            await _answer(404, "Not found", scope, receive, send)
        elif gated and not await self._has_session(scope):
            await _answer(401, "Sign in first", scope, receive, send)
        else:
            most = self.upload_bytes + MULTIPART_BYTES if gated else FORM_BYTES
            await _Bounded(self.app, most)(scope, receive, send)

    async def _has_session(self, scope: Scope) -> bool:
        sid = cookie(Headers(scope=scope), sessions.COOKIE)
        try:
            return await run_in_threadpool(sessions.viewer, self.store, sid, self.clock()) is not None
        except StoreUnreachable as away:
            log.warning("a session could not be checked: %s", away.template)
            return False


class _TooLarge(Exception):
    """A body has passed its bound."""


class _Bounded:
    """Refuses a request's body above `most` bytes: by what it declares, else while it comes in."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > self.most:
            await _answer(413, "Too large", scope, receive, send)
            return
        taken, started = 0, False

        async def bounded_receive() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise _TooLarge
            return message

        async def noted_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, bounded_receive, noted_send)
        except _TooLarge:
            if started:
                raise
            await _answer(413, "Too large", scope, receive, send)


def cookie(headers: Headers, name: str) -> str | None:
    """The value of a cookie of the request; None when there is none."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(name)


def _matches(pattern: re.Pattern[str], path: str) -> bool:
    return pattern.search("/" + "/".join(part for part in path.lower().replace("\\", "/").split("/") if part) + "/") is not None


async def _answer(status: int, text: str, scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(text, status, {"Cache-Control": "no-store", "Connection": "close"})(scope, receive, send)
