"""The wall around the web process, as pure ASGI: security headers on every answer, and what only a live session may reach."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pao_core.access.entry import sessions
from pao_core.access.viewer import Viewer
from pao_core.access.wall.quota import Quota
from pao_core.store.engine import Store, StoreUnreachable

log = logging.getLogger(__name__)

# The strictest that the product lives with, found by taking each word away in a browser. Scripts are files of this site, and
# Streamlit's start-up script by its hash: no text that gets into a page is ever run. Styles need 'unsafe-inline', for Streamlit and
# plotly write theirs while they draw, in attributes that no hash covers. data: and blob: are icons, plotly's font and its picture
# download. No eval, no other host, no worker, no frame around the product and none in it.
START_SCRIPT = "sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'", f"script-src 'self' '{START_SCRIPT}'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:",
    "font-src 'self' data:", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
))
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Streamlit lets pages of this machine read some answers, on whatever port they are; no page of another origin is to read any.
CROSS_ORIGIN = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
# Served by Streamlit to whoever has the address. At any depth, for a base path (`server.baseUrlPath`) may come before.
MEDIA = re.compile(r"(?<!/static)/media/")  # files made for a viewer; static/media is the program itself
UPLOAD = re.compile(r"/_stcore/upload_file/")  # files into memory
# For nobody: driving the app by programs, figures of the process, a run of the script for whoever asks.
CLOSED = re.compile(r"/_stcore/(agent|metrics|script-health-check)/")
FORM_BYTES = 64 * 1024  # the most that a request other than an upload may carry
MULTIPART_BYTES = 64 * 1024  # what an upload adds around its file
PATIENCE = 30.0  # seconds without a byte of the body, and for a small body as a whole
SLOWEST = 64 * 1024  # bytes a second of a large one


class SecurityHeaders:
    """Adds HEADERS to every answer, that to a failure included, and tells a browser that came by https to stay with it."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            if started:
                raise
            mark = secrets.token_hex(4)
            log.exception("a request failed: %s", mark)
            await answer(500, f"Something went wrong. The server's log has more under {mark}.", scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        for name in CROSS_ORIGIN:
            del headers[name]
        if self.https or scope["scheme"] in ("https", "wss"):
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if _matches(MEDIA, scope["path"]):
            headers["Cache-Control"] = "no-store"


class Gate:
    """Answers 404 to what is for nobody, 401 to who has no live session where one is needed, 413 to a body above `upload_bytes`
    (64 KiB elsewhere), 408 to one that does not come, 429 or 503 to an upload above the quota."""

    def __init__(
        self, app: ASGIApp, store: Store, clock: Callable[[], datetime], upload_bytes: int, quota: Quota, patience: float,
    ) -> None:
        self.app = app
        self.store = store
        self.clock = clock
        self.upload_bytes = upload_bytes
        self.quota = quota
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        upload = _matches(UPLOAD, path)
        if _matches(CLOSED, path):
            await answer(404, "Not found", scope, receive, send)
        elif not upload and not _matches(MEDIA, path):
            await _Body(self.app, FORM_BYTES, self.patience).take(scope, receive, send)
        elif (viewer := await self._viewer(scope)) is None:
            await answer(401, "Sign in first", scope, receive, send)
        elif upload:
            await self._upload(str(viewer.user_id), scope, receive, send)
        else:
            await _Body(self.app, FORM_BYTES, self.patience).take(scope, receive, send)

    async def _viewer(self, scope: Scope) -> Viewer | None:
        sid = cookie(Headers(scope=scope), sessions.cookie_name(self.store.settings))
        try:
            return await run_in_threadpool(sessions.viewer, self.store, sid, self.clock())
        except StoreUnreachable as away:
            log.warning("a session could not be checked: %s", away.template)
            return None

    async def _upload(self, user: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(self.app, self.upload_bytes + MULTIPART_BYTES, self.patience)
        size = body.size(Headers(scope=scope))
        full = self.quota.enter(user, size, self.clock()) if size <= body.most else None
        if full:
            log.warning("refused an upload of user %s: %s", user, full.sentence)
            await answer(full.status, full.sentence, scope, receive, send, {"Retry-After": str(math.ceil(min(full.wait, 3600)))})
            return
        try:
            await body.take(scope, receive, send)
        finally:
            if size <= body.most:
                self.quota.leave(user, size, min(body.taken, size), self.clock())


class _TooLarge(Exception):
    """A body has passed its bound."""


class _TooSlow(Exception):
    """A body has not come in time."""


class _Body:
    """A request's body on its way to `app`: refused above `most` bytes, by what it declares, else while it comes in; and when it is slow."""

    def __init__(self, app: ASGIApp, most: int, patience: float) -> None:
        self.app = app
        self.most = most
        self.patience = patience
        self.taken = 0

    def size(self, headers: Headers) -> int:
        """Bytes to be ready for: what is declared (more than `most` when that is no number), `most` when nothing is."""
        if "transfer-encoding" in headers:
            return self.most
        declared = headers.get("content-length", "0")
        return int(declared) if declared.isdecimal() and len(declared) < 19 else self.most + 1

    async def take(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the app answer, or answer 413 or 408."""
        size = self.size(Headers(scope=scope))
        if size > self.most:
            await answer(413, "Too large", scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience + (size / SLOWEST if size > FORM_BYTES else 0)
        arrived = started = False

        async def bounded_receive() -> Message:
            nonlocal arrived
            if arrived:  # what comes now is the end of the connection, whenever that is
                return await receive()
            try:
                async with asyncio.timeout_at(min(end, loop.time() + self.patience)):
                    message = await receive()
            except TimeoutError:
                raise _TooSlow from None
            self.taken += len(message.get("body", b""))
            if self.taken > self.most:
                raise _TooLarge
            arrived = not message.get("more_body", False)
            return message

        async def noted_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, bounded_receive, noted_send)
        except (_TooLarge, _TooSlow) as refused:
            if started:
                raise
            status, text = (413, "Too large") if isinstance(refused, _TooLarge) else (408, "Too slow")
            await answer(status, text, scope, receive, send)


def cookie(headers: Headers, name: str) -> str | None:
    """The value of a cookie of the request; None when there is none."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(name)


async def answer(
    status: int, text: str, scope: Scope, receive: Receive, send: Send, more: Mapping[str, str] | None = None,
) -> None:
    """Answer in place of the app, a websocket too: before it opens. The connection ends, for a body may still be on its way."""
    headers = {"Cache-Control": "no-store", "Connection": "close", **(more or {})}
    await PlainTextResponse(text, status, headers)(scope, receive, send)


def _matches(pattern: re.Pattern[str], path: str) -> bool:
    return pattern.search("/" + "/".join(part for part in path.lower().replace("\\", "/").split("/") if part) + "/") is not None
