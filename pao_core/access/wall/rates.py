"""How much one address may ask of this process: floods are slowed, and who has signed in goes on beside them.

All counts are of the process, not of the installation: they protect its one core and its memory, which no other process shares, and
a proxy that keeps a browser on its process keeps a flood there too. What must hold over all processes, failed sign-ins, is counted in
the store (`throttle`). Who carries a session that this installation signed is counted by it, not by address: an office of signed-in
readers behind one address is not slowed by a stranger among them. Memory is bounded: of addresses, the most recent ten thousand are known.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pao_core.access.entry import sessions
from pao_core.access.entry.throttle import place
from pao_core.access.wall.buckets import Buckets
from pao_core.access.wall.gate import answer, cookie
from pao_core.store.engine import Store, StoreUnreachable

log = logging.getLogger(__name__)

# Of one address, for each reader that may sit behind it: how many at once, and how many a second in the long run. The first visit
# of a browser makes 130 requests, one socket and, when it signs in, one post and a second socket.
REQUESTS = (30, 1.0)
POSTS = (2, 0.02)
OPENINGS = (3, 0.05)
FRAMES = (5, 0.3)
STRANGERS = 2  # open sockets without a session
# Of one session, respectively one user.
SESSION_REQUESTS = (1_500, 50.0)
SESSION_OPENINGS = (300, 5.0)
USER_SOCKETS = 200
# All sockets without a session in this process; each may keep a page's state in memory, for two minutes after it has closed too.
ALL_STRANGERS = 500
TOO_BIG = 1009  # the code with which a websocket is closed
KEPT = timedelta(seconds=120)  # Streamlit's server.disconnectedSessionTTL
FRAME_BYTES = 64 * 1024  # of what a stranger's page sends at once; it has a few short fields


class Places:
    """Places for open sockets, at most `each` of one key and `all_` altogether; one that is left counts for `kept` longer."""

    def __init__(self, each: int, all_: float = math.inf, kept: timedelta = timedelta()) -> None:
        self.each, self.all, self.kept = each, all_, kept
        self._taken: Counter[str] = Counter()
        self._left: deque[tuple[datetime, str]] = deque()

    def enter(self, key: str, now: datetime) -> bool:
        """Take a place, if there is one."""
        while self._left and self._left[0][0] <= now:
            self._free(self._left.popleft()[1])
        # At most half as many as are free: the fuller it is the less one key may have, so that a few cannot keep everyone out.
        if self._taken[key] >= min(self.each, (self.all - self._taken.total()) / 2):
            return False
        self._taken[key] += 1
        return True

    def leave(self, key: str, now: datetime) -> None:
        """Give the place back."""
        self._left.append((now + self.kept, key))

    def _free(self, key: str) -> None:
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]


class Rates:
    """Answers 429 with Retry-After to who asks too much: of requests, of posts to /auth/, of sockets; slows what a stranger's socket sends."""

    def __init__(self, app: ASGIApp, store: Store, clock: Callable[[], datetime], readers: int) -> None:
        self.app = app
        self.store = store
        self.clock = clock

        def of_address(burst: int, per_second: float) -> Buckets:
            return Buckets(burst * readers, per_second * readers)

        self.requests, self.session_requests = of_address(*REQUESTS), Buckets(*SESSION_REQUESTS)
        self.openings, self.session_openings = of_address(*OPENINGS), Buckets(*SESSION_OPENINGS)
        self.posts, self.frames = of_address(*POSTS), of_address(*FRAMES)
        self.strangers = Places(STRANGERS * readers, ALL_STRANGERS, KEPT)
        self.users = Places(USER_SOCKETS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        address = place(scope["client"][0] if scope["client"] else None)
        sid = cookie(Headers(scope=scope), sessions.cookie_name(self.store.settings))
        signed = sid is not None and sessions.signed_here(self.store, sid)
        wait = self._wait(scope, address, sid if signed else None)
        if wait:
            await too_many(wait, scope, receive, send)
        elif scope["type"] == "http":
            await self.app(scope, receive, send)
        else:
            await self._socket(address, sid if signed else None, scope, receive, send)

    def _wait(self, scope: Scope, address: str, sid: str | None) -> float:
        """Seconds until this may come again; 0 now."""
        now = self.clock()
        if scope["type"] == "websocket":
            return self.session_openings.take(sid, now) if sid else self.openings.take(address, now)
        if scope["method"] == "POST" and scope["path"].startswith("/auth/"):
            return self.posts.take(address, now)
        return self.session_requests.take(sid, now) if sid else self.requests.take(address, now)

    async def _socket(self, address: str, sid: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        user = await self._user(sid) if sid else None
        places, key = (self.users, user) if user else (self.strangers, address)
        if not places.enter(key, self.clock()):
            log.warning("refused a websocket of %s: too many are open", f"user {user}" if user else address)
            await too_many(KEPT.total_seconds(), scope, receive, send)
            return
        try:
            await self.app(scope, receive if user else self._slowed(address, receive, send), send)
        finally:
            places.leave(key, self.clock())

    async def _user(self, sid: str) -> str | None:
        """Whose live session it is. A browser opens sockets by itself, so this is no activity."""
        try:
            viewer = await run_in_threadpool(sessions.viewer, self.store, sid, self.clock(), activity=False)
        except StoreUnreachable as away:
            log.warning("a session could not be checked: %s", away.template)
            return None
        return str(viewer.user_id) if viewer else None

    def _slowed(self, address: str, receive: Receive, send: Send) -> Receive:
        """What a stranger sends, no faster than its address may, so that its page is not drawn without end; too much at once ends it."""

        async def slowed() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if len(message.get("bytes") or message.get("text") or "") > FRAME_BYTES:
                log.warning("closed a websocket of %s: a stranger sent too much at once", address)
                await send({"type": "websocket.close", "code": TOO_BIG})
                return {"type": "websocket.disconnect", "code": TOO_BIG}
            while wait := self.frames.take(address, self.clock()):
                await asyncio.sleep(wait)
            return message

        return slowed


async def too_many(wait: float, scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to who is too fast, with the whole seconds to wait."""
    seconds = math.ceil(wait)
    await answer(429, f"Too many requests. Wait {seconds} seconds, then try again.", scope, receive, send, {"Retry-After": str(seconds)})
