"""A company's sign-in service on loopback (OpenID Connect): whoever comes is the person that it is told, with tokens that are signed."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "pao-desk", "a secret between the desk and the company"


@dataclass
class Company:
    """`claims` is whom it vouches for next."""

    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256", "use": "sig"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    visits: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def secrets_toml(self, desk: str) -> str:
        """What the desk's operator writes into secrets.toml."""
        return (f'[auth]\nredirect_uri = "{desk}/oauth2callback"\ncookie_secret = "{secrets.token_hex(32)}"\nclient_id = "{CLIENT}"\n'
                f'client_secret = "{SECRET}"\nserver_metadata_url = "{self.url}/.well-known/openid-configuration"\n')

    async def metadata(self, _request: Request) -> Response:
        return JSONResponse({
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
        })

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        self.visits += 1
        code = secrets.token_urlsafe()
        self.asked[code] = dict(request.query_params)
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{urlencode({'code': code, 'state': request.query_params['state']})}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.asked.pop(str(form["code"]))
        given = base64.b64decode(request.headers["authorization"].split()[1]).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest()).decode().rstrip("=")
        if given.partition(":")[0] != CLIENT or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": "0815", "iat": now, "exp": now + 3600, "nonce": asked["nonce"], **self.claims}
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return JSONResponse({"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 3600, "id_token": token})


@contextmanager
def open_company() -> Iterator[Company]:
    """The service, answering, until the block ends."""
    company = Company()
    routes = [Route("/.well-known/openid-configuration", company.metadata), Route("/jwks", company.jwks),
              Route("/authorize", company.authorize), Route("/token", company.token, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning"))
    thread = threading.Thread(target=server.run, args=[[company.listening]])
    thread.start()
    try:
        yield company
    finally:
        server.should_exit = True
        thread.join()
        company.listening.close()
