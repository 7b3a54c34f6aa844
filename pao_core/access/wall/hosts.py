"""Which names the site answers to, and whose pages may talk to it: a foreign name in Host or Origin goes no further."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pao_core.access.wall.gate import answer
from pao_core.config import LOOPBACK, Settings

READING = ("GET", "HEAD", "OPTIONS")


def names(settings: Settings) -> list[str]:
    """The names in the Host header that are answered: of the public address, of this machine itself, and PAO_ALLOWED_HOSTS."""
    own = (urlsplit(settings.base_url).hostname or "", *LOOPBACK)
    return [*(f"[{host}]" if ":" in host else host for host in own), *settings.traffic.hosts]


class Origins:
    """Answers 403 to what another site's page sends: every request that is no reading, and every websocket before it opens.

    Browsers name the origin of these, and no page can forge it; a program may leave it out.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.public = urlsplit(settings.base_url).netloc.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        acts = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in READING)
        if acts and not self._from_here(Headers(scope=scope)):
            await answer(403, "Not from here", scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _from_here(self, headers: Headers) -> bool:
        """Whether a page of this site sends it, under the name that it was asked for or under the public one."""
        origins = headers.getlist("origin")
        if not origins:
            return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        here = (headers.get("host", "").lower(), self.public)
        return all(origin != "null" and urlsplit(origin).netloc.lower() in here for origin in origins)
