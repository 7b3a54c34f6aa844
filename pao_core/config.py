"""The environment, read once into one frozen Settings; a bad value is refused by name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from pao_core.locale import N_, Refused

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
