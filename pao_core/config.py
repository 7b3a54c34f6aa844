"""The environment, read once into one frozen Settings; a bad value is refused by name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from pao_core.locale import N_, Refused

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROJECT = Path(__file__).resolve().parent.parent
HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")  # a name, all names below one, or an address


@dataclass(frozen=True)
class Limits:
    """What an imported file may be at most; sizes in bytes. Refused before memory is used."""

    file_bytes: int = 100 * 1024**2
    unpacked_bytes: int = 1024**3
    rows: int = 5_000_000
    columns: int = 200
    cell_characters: int = 32_767  # Excel's own limit
    seconds: int = 300
    address_space_bytes: int = 2 * 1024**3  # under 800 MB pyarrow crashes
    resident_bytes: int = 400 * 1024**2


@dataclass(frozen=True)
class Traffic:
    """What the web process takes; sizes in bytes. `readers_per_address` people may sit behind one address, and every limit of an
    address grows with them."""

    hosts: tuple[str, ...] = ()  # answered to beside the host of base_url and the loopback names
    readers_per_address: int = 100
    upload_hour_bytes: int = 1024**3  # of one user
    uploads_memory_bytes: int = 1024**3  # of all users: on their way or held for an open page


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in, and from whom they are. `security`: in the clear, encrypted after a first word, or from the start."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    user: str | None
    password: str | None = field(repr=False)
    sender: Address


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides. `data_dir` exists and is writable."""

    data_dir: Path
    database_url: URL
    analytics_url: URL | None
    timezone: ZoneInfo
    base_url: str
    cookie_key: str | None
    limits: Limits
    traffic: Traffic
    mail: MailServer | None  # None: the operator hands the links over
    replica_memory_mb: int
    replica_threads: int

    @property
    def is_https(self) -> bool:
        """Whether people come by https."""
        return self.base_url.startswith("https://")

    def today(self) -> date:
        """The business date in PAO_TIMEZONE: with `now`, the only place where the clock is read."""
        return datetime.now(self.timezone).date()

    @staticmethod
    def now() -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read PAO_*; raises Refused naming the variable that is wrong and what it should be."""
        env = os.environ if environ is None else environ
        data_dir = _data_dir(env.get("PAO_DATA_DIR"))
        default = URL.create("sqlite", database=str(data_dir / "pao.db"))
        megabyte = 1024**2
        return cls(
            data_dir=data_dir,
            database_url=_url(env, "PAO_DATABASE_URL") or default,
            analytics_url=_url(env, "PAO_ANALYTICS_URL"),
            timezone=_timezone(env.get("PAO_TIMEZONE", "UTC")),
            base_url=_base_url(env.get("PAO_BASE_URL") or "http://localhost:8501"),
            cookie_key=env.get("PAO_COOKIE_KEY") or None,
            limits=Limits(
                file_bytes=_whole(env, "PAO_MAX_FILE_MB", 100) * megabyte,
                unpacked_bytes=_whole(env, "PAO_MAX_UNPACKED_MB", 1024) * megabyte,
                rows=_whole(env, "PAO_MAX_ROWS", 5_000_000),
                columns=_whole(env, "PAO_MAX_COLUMNS", 200),
            ),
            traffic=Traffic(
                hosts=_hosts(env.get("PAO_ALLOWED_HOSTS", "")),
                readers_per_address=_whole(env, "PAO_READERS_PER_ADDRESS", 100),
                upload_hour_bytes=_whole(env, "PAO_UPLOAD_MB_PER_HOUR", 1024) * megabyte,
                uploads_memory_bytes=_whole(env, "PAO_UPLOADS_MEMORY_MB", 1024) * megabyte,
            ),
            mail=_mail_server(env),
            replica_memory_mb=_whole(env, "PAO_REPLICA_MEMORY_MB", 1024),
            replica_threads=_whole(env, "PAO_REPLICA_THREADS", 2),
        )


def _data_dir(value: str | None) -> Path:
    path = Path(value).expanduser().resolve() if value else PROJECT / "data"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            N_("PAO_DATA_DIR names {path}, which cannot be made ({reason}). Give a folder that can be written."),
            path=str(path), reason=error.strerror or str(error),
        ) from error
    if not os.access(path, os.W_OK):
        raise Refused(N_("PAO_DATA_DIR names {path}, which cannot be written. Give a folder that can be written."), path=str(path))
    return path


def _url(env: Mapping[str, str], name: str) -> URL | None:
    value = env.get(name)
    if not value:
        return None
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise Refused(N_("{name} is not a database address. Write it as postgresql://user:password@host/database."), name=name) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and name == "PAO_DATABASE_URL":
        return url
    raise Refused(N_("{name} names the database kind {kind}, which is not supported. Use SQLite or PostgreSQL."),
                  name=name, kind=url.get_backend_name())


def _base_url(value: str) -> str:
    try:
        url = urlsplit(value)
        known = url.scheme in ("http", "https") and url.hostname and "@" not in url.netloc and (url.port or True)
    except ValueError:
        known = False
    if not known:
        raise Refused(N_("PAO_BASE_URL {value} is not a web address. Write it as https://pao.example.com."), value=value)
    return value.rstrip("/")


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in value.split(",") if host.strip())
    for host in hosts:
        if not HOST.fullmatch(host):
            raise Refused(N_("PAO_ALLOWED_HOSTS names {host}. Give host names without scheme and port, separated by commas, such as "
                             "pao.example.com or *.example.com."), host=host)
    return hosts


def _mail_server(env: Mapping[str, str]) -> MailServer | None:
    """A refusal names the variable and never its value, which holds a password."""
    value = env.get("PAO_SMTP_URL")
    if not value:
        return None
    try:
        url = urlsplit(value)
        asked = dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
        port = url.port
        known = url.scheme in ("smtp", "smtps") and url.hostname and port != 0 and url.path in ("", "/") and not url.fragment
    except ValueError:
        known, asked, port = False, {}, None
    starttls = asked.pop("starttls", "0")
    if not known or not url.hostname or asked or starttls not in ("0", "1") or (url.username is None) != (url.password is None):
        raise Refused(N_("PAO_SMTP_URL is not the address of a mail server. Write it as smtp://user:password@host:587?starttls=1, as "
                         "smtps://user:password@host:465, or as smtp://host:25 for one that asks for no password. Write signs such as @ and / "
                         "in the password as %40 and %2F."))
    security: Literal["none", "starttls", "tls"] = "tls" if url.scheme == "smtps" else "starttls" if starttls == "1" else "none"
    if security == "none" and url.password is not None and url.hostname not in LOOPBACK:
        raise Refused(N_("PAO_SMTP_URL would send its password in the clear. Add ?starttls=1, or use smtps://."))
    usual = {"none": 25, "starttls": 587, "tls": 465}
    return MailServer(url.hostname, port or usual[security], security, *_log_in(url), _mail_from(env.get("PAO_MAIL_FROM")))


def _log_in(url: SplitResult) -> tuple[str | None, str | None]:
    return (None, None) if url.username is None else (unquote(url.username), unquote(url.password or ""))


def _mail_from(value: str | None) -> Address:
    (name, email), *more = getaddresses([value or ""]) or [("", "")]
    try:
        address = Address(name, addr_spec=email)
    except (MessageError, ValueError, IndexError):  # what the library raises depends on what is wrong
        address = Address()
    plain = address.username and address.domain and str(address.addr_spec).isascii() and (value or "").isprintable() and not more
    if not plain:
        raise Refused(N_("PAO_SMTP_URL needs PAO_MAIL_FROM, the address that letters come from. Write it as pao@example.com or "
                         "PAO Desk <pao@example.com>."))
    return address


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Refused(N_("PAO_TIMEZONE {name} is not known. Use a name such as America/Sao_Paulo."), name=name) from error


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise Refused(N_("{name} must be a whole number above zero, not {value}."), name=name, value=value)
    return int(value)
