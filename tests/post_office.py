"""A mail server of a test's own on loopback, which keeps what it is handed and can be unwilling in every way that real ones are."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from browser import PATIENCE
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pao_core.config import Settings
from pao_core.store.engine import Store

SENDER = "PAO Desk <pao@desk.example>"
USER, PASSWORD = "postman", "two/blue@doors"


@dataclass(frozen=True)
class Arrived:
    """A letter as the server took it: to whom the envelope was addressed, and what was in it."""

    to: tuple[str, ...]
    message: EmailMessage

    @property
    def text(self) -> str:
        return str(self.message.get_body(("plain",)).get_content())

    @property
    def html(self) -> str:
        return str(self.message.get_body(("html",)).get_content())

    @property
    def link(self) -> str | None:
        """The one-time link in it."""
        found = re.search(r"https?://\S+\?token=\S+", self.text)
        return found[0] if found else None

    @property
    def token(self) -> str:
        assert self.link is not None
        return self.link.rsplit("token=", 1)[1]


class _Counter(Controller):
    """The mail server's own part, on a port that it shares with who keeps it."""

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=_bound(self.port), ssl=self.ssl_context)


def _bound(port: int = 0) -> socket.socket:
    """A socket that has a port and does not listen yet. Who is asked for the same port gets it too, and nobody else on the machine."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


class PostOffice:
    """`refuses` maps a recipient to the answer it gets; `answer` is asked before a letter is taken, with its number, and may answer
    otherwise or hang up (None); `gate` holds letters until it is set."""

    def __init__(self, port: int = 0, certificate: Path | None = None, log_in: bool = False, scheme: str = "smtp", query: str = "") -> None:
        self.letters: list[Arrived] = []
        self.refuses: dict[str, str] = {}
        self.answer: Callable[[int], str | None] = lambda _number: "250 taken"
        self.gate = threading.Event()
        self.gate.set()
        self.seen, self.busy = 0, threading.Event()
        self._news = threading.Condition()
        context = None
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
        self._asks = log_in
        more: dict[str, Any] = {"authenticator": self._knows, "auth_require_tls": False} if log_in else {}
        tls = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
        self._kept = _bound(port)  # while it is away nobody else takes its port
        self._controller = _Counter(self, "127.0.0.1", self._kept.getsockname()[1], ready_timeout=PATIENCE, **tls, **more)
        self._login, self._scheme, self._query = f"{USER}:{PASSWORD.replace('/', '%2F').replace('@', '%40')}@" if log_in else "", scheme, query

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        """Go away; again is nothing."""
        if self._controller.server is not None:
            self._controller.stop()

    def close(self) -> None:
        """Go away for good."""
        self.stop()
        self._kept.close()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        """As PAO_SMTP_URL."""
        return f"{self._scheme}://{self._login}localhost:{self.port}{self._query}"

    @property
    def environment(self) -> dict[str, str]:
        return {"PAO_SMTP_URL": self.url, "PAO_MAIL_FROM": SENDER}

    def wait(self, count: int) -> list[Arrived]:
        """The letters, once there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.letters) >= count, PATIENCE), f"{len(self.letters)} letters, not {count}"
            return list(self.letters)

    def to(self, email: str) -> list[Arrived]:
        """The letters to somebody."""
        return [letter for letter in self.letters if letter.to == (email,)]

    # -- what the server asks -------------------------------------------------------------------------------------------
    @staticmethod
    def _knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if self._asks and not session.authenticated:
            return "530 log in first"
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.seen += 1
        self.busy.set()
        answer = self.answer(self.seen)
        await asyncio.get_running_loop().run_in_executor(None, self.gate.wait, PATIENCE)
        if answer is None:
            server.transport.abort()
            return "421 gone"
        if answer.startswith("250"):
            message = email.message_from_bytes(bytes(envelope.content or b""), policy=email.policy.default)
            with self._news:
                self.letters.append(Arrived(tuple(envelope.rcpt_tos), message))
                self._news.notify_all()
        return answer


@contextmanager
def open_office(**how: Any) -> Iterator[PostOffice]:
    """A mail server for the block."""
    office = PostOffice(**how)
    office.start()
    try:
        yield office
    finally:
        office.gate.set()
        office.close()


def served_by(store: Store, environment: dict[str, str]) -> Store:
    """Give the store this mail server."""
    mail = Settings.from_environment({"PAO_DATA_DIR": str(store.settings.data_dir), **environment}).mail
    store.settings = replace(store.settings, mail=mail)
    return store


def self_signed(folder: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file
