"""What every command shares: the settings and the store, the form of the answer, and how a refusal ends."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import typer

from pao_core import locale, replica
from pao_core.config import Settings
from pao_core.filters import BadFilter
from pao_core.locale import Refused
from pao_core.report import UnknownReport
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate

FAILED, MISUSED = 1, 2


class Form(StrEnum):
    """How an answer is printed."""

    table = "table"
    json = "json"


@contextmanager
def opened() -> Iterator[Store]:
    """The migrated store of the environment; a refusal ends the command with its sentence on standard error."""
    with refusals():
        store = Store(Settings.from_environment())
        try:
            migrate(store)
            yield store
        finally:
            replica.forget(store)  # the reading copy goes back for the next command
            store.dispose()


@contextmanager
def refusals() -> Iterator[None]:
    """Exit 2 for a question that cannot be meant, 1 for one that cannot be done."""
    locale.set_language(locale.choose(os.environ.get("LC_ALL") or os.environ.get("LANG")))
    try:
        yield
    except (BadFilter, UnknownReport) as refusal:
        end(str(refusal), MISUSED)
    except Refused as refusal:
        end(str(refusal), FAILED)


def end(sentence: str, code: int) -> NoReturn:
    """Say why on standard error and leave."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def say_json(value: Mapping[str, Any]) -> None:
    """The machine's answer, alone on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def say_table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool] = ()) -> None:
    """The person's answer: columns as wide as their widest cell, numbers to the right."""
    widths = [max([len(header), *(len(row[at]) for row in rows)]) for at, header in enumerate(headers)]
    for row in [headers, ["-" * width for width in widths], *rows]:
        cells = [
            cell.rjust(width) if at < len(right) and right[at] else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())


def write_bytes(content: bytes, path: str | None) -> None:
    """To the file, or to standard output without one."""
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise Refused(locale.N_("{path} cannot be written: {reason}."), path=path, reason=error.strerror or str(error)) from error
