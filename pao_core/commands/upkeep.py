"""`serve`, `demo`, `backup`, `restore`, `doctor`: the installation itself."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import create_engine, text

from pao_core import replica
from pao_core.access.entry import cookie_key
from pao_core.access.mail import sending
from pao_core.commands.desk import FAILED, Form, end, opened, refusals, say_json
from pao_core.config import PROJECT, Settings
from pao_core.demo import demonstration, truth
from pao_core.locale import Refused, _
from pao_core.store import backup as backups
from pao_core.store import row_security
from pao_core.store.engine import Store, reachable
from pao_core.store.migrate import migrate, wall_in
from pao_core.store.schema import desk_metadata, metadata

FRAME_BYTES = 1024**2  # of what a page sends at once: the server's own bound would hold sixteen times as much of a stranger's
LIBRARIES = ("streamlit", "sqlalchemy", "duckdb", "pandas", "pyarrow", "plotly", "openpyxl", "streamlit-authenticator")


def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1", port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    forwarded_by: Annotated[str, typer.Option(help="The proxy whose X-Forwarded headers are believed.")] = "127.0.0.1",
) -> None:
    """Serve the product; an empty installation gets demonstration data first, with the log-ins printed."""
    import uvicorn

    with opened() as store:
        cookie_key.cookie_key(store.settings)
        if demonstration.wanted(store):
            typer.echo(_("This installation is empty: loading demonstration data…"))
            demonstration.load(store, today=store.settings.today())
        for login in demonstration.log_ins(store):
            typer.echo(f"  {login['email']:34} {login['password']:24} {login['role']}")
    os.chdir(PROJECT)
    typer.echo(_("PAO Desk answers at http://{host}:{port}", host=host, port=port))
    uvicorn.run("app:app", host=host, port=port, app_dir=str(PROJECT), log_level="warning", proxy_headers=True,
                forwarded_allow_ips=forwarded_by, server_header=False, ws_max_size=FRAME_BYTES)


def demo(
    lines: Annotated[int, typer.Option(min=1_000, help="Order lines.")] = demonstration.LINES,
    seed: Annotated[int, typer.Option()] = 1,
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the demonstration away.")] = False,
    format_: Annotated[Form, typer.Option("--format")] = Form.table,
) -> None:
    """Load demonstration data into an empty store, the probabilities behind it beside; or take it away."""
    with opened() as store:
        if remove:
            demonstration.remove(store)
            typer.echo(_("The demonstration is removed."), err=format_ is Form.json)
            return
        log_ins = demonstration.load(store, lines=lines, seed=seed, today=today.date() if today else store.settings.today())
        if format_ is Form.json:
            say_json({"log_ins": log_ins})
        else:
            for login in log_ins:
                typer.echo(f"  {login['email']:34} {login['password']:24} {login['role']}")
            typer.echo(_("The probabilities behind it are in {path}.", path=truth.path(store.settings)))


def backup(file: Path) -> None:
    """Write a backup of the store to FILE, while the product goes on."""
    with opened() as store:
        size = backups.backup(store, file)
        typer.echo(_("Wrote {path}, {size} bytes.", path=file, size=f"{size:,}"))


def restore(file: Path) -> None:
    """Put the backup FILE into an empty store."""
    with refusals():
        backups.restore(Settings.from_environment(), file)
        typer.echo(_("Restored from {path}. Everyone signs in again.", path=file))


def doctor(
    format_: Annotated[Form, typer.Option("--format")] = Form.table,
    repair: Annotated[bool, typer.Option("--repair", help="Make the second wall in PostgreSQL anew first.")] = False,
) -> None:
    """Check configuration, store, replica and libraries, and say what to do."""
    with refusals():
        if repair:
            with opened() as store:
                wall_in(store)
        findings = list(_findings())
        if format_ is Form.json:
            say_json({"findings": [{"check": name, "ok": ok, "says": says} for name, ok, says in findings]})
        else:
            for name, ok, says in findings:
                typer.echo(f"{'ok  ' if ok else 'FAIL'}  {name:14} {says}")
        if not all(ok for _name, ok, _says in findings):
            end(_("Something is wrong; the lines marked FAIL say what to do."), FAILED)


def _findings() -> Iterator[tuple[str, bool, str]]:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    yield "libraries", True, versions
    try:
        settings = Settings.from_environment()
    except Refused as refusal:
        yield "configuration", False, str(refusal)
        return
    yield "configuration", True, _("data in {path}, time zone {zone}", path=settings.data_dir, zone=settings.timezone.key)
    store = Store(settings)
    checks: list[tuple[str, Callable[[Store], str]]] = [
        ("store", _check_store), ("second wall", _check_second_wall), ("replica", _check_replica), ("cookie key", _check_key),
        ("mail", sending.check),
    ]
    for name, check in checks:
        try:
            yield name, True, check(store)
        except Refused as refusal:
            yield name, False, str(refusal)
            if name == "store":
                return


def _check_store(store: Store) -> str:
    migrate(store)
    with store.reading() as connection:
        if store.on_postgresql:
            version = str(connection.scalar(text("SHOW server_version")))
        else:
            version = str(connection.scalar(text("SELECT sqlite_version()")))
            if connection.scalar(text("PRAGMA quick_check")) != "ok":
                raise Refused(_("The database file is damaged. Restore a backup: `python -m pao_core restore FILE`."))
    return f"{store.engine.dialect.name} {version}, change {store.change_number()}"


def _check_second_wall(store: Store) -> str:
    """PostgreSQL itself keeps resellers apart, on the store's server and where reports read."""
    if store.on_postgresql:
        with store.reading() as connection:
            row_security.check(connection, metadata, desk_metadata)
    if store.settings.analytics_url:
        engine = create_engine(store.settings.analytics_url)
        with reachable(), engine.connect() as connection:
            row_security.check(connection, metadata)
        engine.dispose()
    if store.on_postgresql:
        return _("row-level security in {database}", database=store.engine.url.database)
    return _("PostgreSQL has one; SQLite has none: there the program alone keeps resellers apart")


def _check_replica(store: Store) -> str:
    reader = replica.reader(store)
    reader.rows(text("SELECT 1"))
    return _("copied up to change {number}", number=reader.number)


def _check_key(store: Store) -> str:
    cookie_key.cookie_key(store.settings)
    return _("set by PAO_COOKIE_KEY") if store.settings.cookie_key else _("made in the data folder")
