"""What the web process serves beside Streamlit: the session's cookie, a sign of health, font and pictures; and the wall around all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pao_core.access.entry import sessions
from pao_core.access.entry.cookie_key import cookie_key
from pao_core.access.wall import hosts
from pao_core.access.wall.gate import PATIENCE, Gate, SecurityHeaders, cookie
from pao_core.access.wall.quota import Quota
from pao_core.access.wall.rates import Rates
from pao_core.config import PROJECT, Settings
from pao_core.store.engine import Store, StoreUnreachable

FONTS = PROJECT / "data" / "fonts"
TOUR = PROJECT / "data" / "tour"
PAGE_SCRIPT = Path(__file__).with_name("page.js")
TICKET_BYTES = 512
NO_STORE = {"Cache-Control": "no-store"}


class Lasting(StaticFiles):
    """Files whose names change with their content (the font, the pictures of the Tour): a browser asks once."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def routes(settings: Settings, store: Store, clock: Callable[[], datetime] = Settings.now, fonts: Path = FONTS) -> list[BaseRoute]:
    """The routes for `st.App`, to stand behind `middleware`. Raises Refused when the cookie key is too short: the server does not start."""
    cookie_key(settings)
    name = sessions.cookie_name(settings)

    def secure(request: Request) -> bool:
        return settings.is_https or request.url.scheme == "https"  # a proxy's word counts only through uvicorn's --forwarded-allow-ips

    async def open_session(request: Request) -> Response:
        """Exchange a ticket (the body: the text itself or {"ticket": text}) for the session's cookie."""
        ticket = _ticket(await request.body())
        try:
            sid = await run_in_threadpool(sessions.exchange, store, ticket, clock(), *_browser(request)) if ticket else None
        except StoreUnreachable:
            return PlainTextResponse("The database is away", 503, NO_STORE)
        if sid is None:
            return PlainTextResponse("Sign in again", 401, NO_STORE)
        response = Response(status_code=204, headers=NO_STORE)
        response.set_cookie(name, sid, path="/", httponly=True, samesite="lax", secure=secure(request))
        return response

    async def sign_out(request: Request) -> Response:
        """End the session and take its cookie away."""
        await run_in_threadpool(sessions.end, store, cookie(request.headers, name))
        response = Response(status_code=204, headers=NO_STORE)
        response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=secure(request))
        return response

    def page_script(_request: Request) -> Response:
        """What pages ask of the browser beside drawing."""
        return FileResponse(PAGE_SCRIPT, headers={"Cache-Control": "no-cache"})

    def healthz(_request: Request) -> Response:
        """200 when the store answers, else 503; tells nothing else."""
        try:
            store.change_number()
        except StoreUnreachable:
            return PlainTextResponse("The database is away", 503, NO_STORE)
        return PlainTextResponse("ok", headers=NO_STORE)

    return [
        Route("/auth/session", open_session, methods=["POST"]),
        Route("/auth/sign-out", sign_out, methods=["POST"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/assets/page.js", page_script, methods=["GET"]),
        Mount("/assets/fonts", Lasting(directory=fonts)),
        Mount("/assets/tour", Lasting(directory=TOUR)),
    ]


def middleware(
    settings: Settings, store: Store, clock: Callable[[], datetime] = Settings.now, held: Callable[[], int] = lambda: 0,
) -> list[Middleware]:
    """The middleware for `st.App`, outermost first. `held` gives the bytes of uploaded files that open pages keep in memory."""
    traffic = settings.traffic
    return [
        Middleware(SecurityHeaders, https=settings.is_https),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts.names(settings), www_redirect=False),
        Middleware(hosts.Origins, settings=settings),
        Middleware(Rates, store=store, clock=clock, readers=traffic.readers_per_address),
        Middleware(Gate, store=store, clock=clock, upload_bytes=settings.limits.file_bytes, quota=Quota(traffic, held), patience=PATIENCE),
    ]


def _browser(request: Request) -> tuple[str | None, str | None]:
    """Where the browser is, and what it calls itself."""
    return request.client.host if request.client else None, request.headers.get("user-agent")


def _ticket(body: bytes) -> str | None:
    """The ticket in a request's body; None for what is none."""
    if len(body) > TICKET_BYTES:
        return None
    try:
        text = body.decode("ascii").strip()
        found = json.loads(text).get("ticket") if text.startswith("{") else text
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None
