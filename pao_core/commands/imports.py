"""`import`: load a file into a dataset, whole or with its bad rows kept aside; `rates`: the European Central Bank's."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pao_core import ecb
from pao_core.access import Viewer
from pao_core.commands.desk import FAILED, MISUSED, Form, end, opened, refusals, say_json, write_bytes
from pao_core.importing import rates as rates_file
from pao_core.importing.datasets import DATASETS
from pao_core.importing.run import ImportOptions, ImportResult, import_file
from pao_core.locale import _

Pairs = Annotated[list[str] | None, typer.Option(metavar="canonical=VALUE")]


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet, also gzipped.")],
    dataset: Annotated[str, typer.Option(help=", ".join(DATASETS))],
    map_: Annotated[list[str] | None, typer.Option("--map", metavar='canonical="Header"', help="Which header holds a column.")] = None,
    mapping: Annotated[str | None, typer.Option(help="A named mapping; with --map it is saved under this name.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="canonical=value", help="A value for every row.")] = None,
    default: Annotated[list[str] | None, typer.Option(metavar="canonical=value", help="A value for empty cells.")] = None,
    reseller: Annotated[str | None, typer.Option(metavar="SITE", help="The reseller of every row.")] = None,
    create_missing: Annotated[bool, typer.Option("--create-missing", help="Make unknown sites, parts and resellers.")] = False,
    skip_rejected: Annotated[bool, typer.Option("--skip-rejected", help="Load the good rows although some are bad.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and load nothing.")] = False,
    rejected_to: Annotated[Path | None, typer.Option(help="Write the rejected rows here, ready to be mended.")] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of an XLSX file; the first without it.")] = None,
    dates: Annotated[str | None, typer.Option(metavar="dmy|mdy", help="How ambiguous dates are written.")] = None,
    numbers: Annotated[str | None, typer.Option(metavar="comma|point", help="The decimal sign of ambiguous numbers.")] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Import as this user; without it, as the operator.")] = None,
    format_: Annotated[Form, typer.Option("--format")] = Form.json,
) -> None:
    """Load FILE into a dataset. Nothing vanishes: read = loaded + unchanged + rejected."""
    with refusals():
        options = ImportOptions(
            mapped=_pairs("--map", map_), mapping=mapping, fixed=_pairs("--set", set_), defaults=_pairs("--default", default),
            reseller=reseller, create_missing=create_missing, skip_rejected=skip_rejected, dry_run=dry_run, sheet=sheet,
            dates=dates, numbers=numbers,
        )
    with opened() as store:
        viewer = Viewer.of_email(store, as_) if as_ else Viewer.of_command_line(store)
        result = import_file(viewer, file, dataset, options=options, progress=_progress if sys.stderr.isatty() else None)
        if rejected_to is not None:
            write_bytes(result.rejected_rows, str(rejected_to))
        _say(result, format_)


def rates(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", show_default="1999-01-04",
                                                   help="The first day whose rates are loaded.")] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Load as this operator.")] = None,
    format_: Annotated[Form, typer.Option("--format")] = Form.json,
) -> None:
    """Load the European Central Bank's daily exchange rates, which come with the product. The same again changes nothing."""
    with opened() as store:
        viewer = Viewer.of_email(store, as_) if as_ else Viewer.of_command_line(store)
        first = since.date() if since else ecb.FIRST_DAY
        _say(rates_file.load(viewer, first, _progress if sys.stderr.isatty() else None), format_)
        typer.echo(_("The rates end on {last}.", last=rates_file.last_day().isoformat()), err=True)


def _say(result: ImportResult, form: Form) -> None:
    """The import's answer, and why it loaded nothing."""
    if form is Form.json:
        say_json(result.to_json())
    else:
        for name, value in result.to_json().items():
            typer.echo(f"{name:10} {value}")
    for sentence in result.examples:
        typer.echo(sentence, err=True)
    if result.refused:
        end(_("Nothing was loaded: {rejected} rows are rejected. Mend them, or load the good ones with --skip-rejected.",
              rejected=result.rejected), FAILED)


def _progress(step: str, done: int, total: int | None) -> None:
    typer.echo(f"\r{step} {done:,}" + (f" / {total:,}" if total else "") + " " * 20, err=True, nl=False)


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for pair in given or ():
        name, sign, value = pair.partition("=")
        if not sign or not name:
            end(_("{option} takes canonical=value, not {value}.", option=option, value=pair), MISUSED)
        pairs[name.strip()] = value
    return pairs


