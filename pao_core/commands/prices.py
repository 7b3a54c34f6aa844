"""`prices`: a price file by family, moment, country, currency and levels."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from pao_core.access import Viewer
from pao_core.commands.desk import opened, write_bytes
from pao_core.locale import N_, Refused
from pao_core.prices import price_files


class PriceForm(StrEnum):
    """How a price file is given."""

    csv = "csv"
    xlsx = "xlsx"
    json = "json"


def prices(
    family: Annotated[str, typer.Option(metavar="software|saas", help="saas holds SaaS and monthly parts.")],
    when: Annotated[str, typer.Option(metavar="current|current+future|future")],
    country: Annotated[str, typer.Option(metavar="CC")],
    currency: Annotated[str, typer.Option(metavar="CCC")],
    level: Annotated[list[str] | None, typer.Option(help="A price level; all without it.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="One column a level.")] = False,
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="EMAIL")] = None,
    format_: Annotated[PriceForm, typer.Option("--format")] = PriceForm.csv,
    output: Annotated[str | None, typer.Option(metavar="FILE")] = None,
) -> None:
    """Write a price file to standard output or to a file."""
    with opened() as store:
        if format_ is PriceForm.xlsx and output is None:
            raise Refused(N_("An XLSX file needs --output FILE."))
        viewer = Viewer.of_email(store, as_) if as_ else Viewer.of_command_line(store)
        choice = price_files.choose(family, when, country, currency, level or (), wide)
        day = today.date() if today else store.settings.today()
        with viewer.asking(f"{choice.stem(day)}.{format_.value}"):
            if format_ is PriceForm.json:
                answer = price_files.rows(viewer, choice, day)
                made = (json.dumps({"count": len(answer), "rows": answer}, ensure_ascii=False) + "\n").encode()
            else:
                made = price_files.file(viewer, choice, format_.value, day)
        write_bytes(made, output)
