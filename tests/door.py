"""A tiny app behind the wall, served on loopback: what the browser gets, without the pages."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn
from browser import PATIENCE
from keys import NOW
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pao_core.access.wall import routes as web
from pao_core.config import Settings
from pao_core.store.engine import Store

UPLOAD = "/_stcore/upload_file/session/file"
STREAM = "/_stcore/stream"
UPLOAD_BYTES = 256 * 1024


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cookie(self) -> str:
        return self.headers["Set-Cookie"] or ""


class Door:
    """The wall around an app that answers 200 with the number of bytes it was sent, fails at /fails, and echoes on its websocket.

    `more` changes arguments of the middleware by their names; `at` is the hand of its clock.
    """

    def __init__(self, store: Store, fonts: Path, trusted: str, routes: list[BaseRoute], held: Callable[[], int], more: dict[str, object]) -> None:
        self.now = NOW

        async def inside(request: Request) -> Response:
            return PlainTextResponse(f"{request.url.scheme} {len(await request.body())}", headers={"Access-Control-Allow-Origin": "*"})

        async def fails(_request: Request) -> Response:
            raise RuntimeError("the secret of the failure")

        async def echo(socket: WebSocket) -> None:
            await socket.accept()
            try:
                while True:
                    await socket.send_bytes(await socket.receive_bytes())
            except WebSocketDisconnect:
                pass

        def clock() -> datetime:
            return self.now

        app = Starlette(
            routes=[*web.routes(store.settings, store, clock, fonts), *routes, Route("/fails", fails), WebSocketRoute(STREAM, echo),
                    Route("/{path:path}", inside, methods=["GET", "PUT", "POST", "DELETE"])],
            middleware=[Middleware(layer.cls, *layer.args, **{name: more.get(name, value) for name, value in layer.kwargs.items()})
                        for layer in web.middleware(store.settings, store, clock, held)],
        )
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", forwarded_allow_ips=trusted))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """The answer to a request of its own connection; `_` in a header's name stands for `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.connect()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with suppress(ConnectionError):  # what is refused is answered, and the connection ended, while its body is still being sent
            connection.request(method, path, body=body, headers=named, encode_chunked=not isinstance(body, (bytes, str, type(None))))  # type: ignore[arg-type]
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer


@contextmanager
def serving(
    store: Store, fonts: Path, trusted: str = "", routes: list[BaseRoute] | None = None, held: Callable[[], int] = lambda: 0, **more: object,
) -> Iterator[Door]:
    """A door that is open inside the block."""
    made = Door(store, fonts, trusted, routes or [], held, more)
    made.thread.start()
    try:
        yield made
    finally:
        made.server.should_exit = True
        made.thread.join()


def settled_with(store: Store, **environment: str) -> Store:
    """The same data under other settings."""
    return Store(Settings.from_environment({
        "PAO_DATA_DIR": str(store.settings.data_dir), "PAO_DATABASE_URL": store.settings.database_url.render_as_string(hide_password=False),
        **environment,
    }))
