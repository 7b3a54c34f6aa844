"""`report`: any report by name, as a table, JSON, CSV, XLSX or PDF; and how its totals come about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from types import ModuleType
from typing import Annotated, Any

import typer

from pao_core import catalogue, choices, report_csv, report_file
from pao_core.access import Viewer
from pao_core.commands.desk import MISUSED, end, opened, refusals, say_json, say_table, write_bytes
from pao_core.explain import Explanation, blocks, explain
from pao_core.export.pdf import said
from pao_core.filters import Filters
from pao_core.locale import DEFAULT_LANGUAGE, N_, Refused, _, formats, language, use
from pao_core.report import Column, Result, machine, page_of, run
from pao_core.reports import saved_views
from pao_core.reports.saved_views import Asked

NUMBERS = ("integer", "quantity", "unit_price", "money", "rate")
Many = Annotated[list[str] | None, typer.Option()]
One = Annotated[str | None, typer.Option()]


class ReportForm(StrEnum):
    """How a report is given."""

    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    pdf = "pdf"


def report(
    name: Annotated[str | None, typer.Argument(help="The report; --list names them.")] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="The user whose rows and rights count.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name every report with its definition.")] = False,
    view: Annotated[str | None, typer.Option(metavar="NAME", help="A saved view of the user's; options beside it take the place of its own.")] = None,
    agreement: Many = None, site: Many = None, customer: Many = None, country: Many = None, program: Many = None,
    anniversary_month: Many = None, anniversary_from: Annotated[str | None, typer.Option(metavar="MM-DD")] = None,
    anniversary_to: Annotated[str | None, typer.Option(metavar="MM-DD")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="DATE")] = None,
    to: Annotated[str | None, typer.Option(metavar="DATE")] = None,
    product_group: Many = None, order_type: Many = None, status: Many = None, reseller: Many = None,
    quote: Many = None, account_manager: Many = None,
    due: Annotated[list[str] | None, typer.Option(help="Days to the due date: overdue, 0-30, 31-60 and so on.")] = None,
    quote_state: Annotated[list[str] | None, typer.Option(help="Whether the quote still holds: expired, expiring, valid, undated.")] = None,
    window: Annotated[int | None, typer.Option(help="How many days due-180-days and subscription-updates look (180).")] = None,
    direction: Annotated[str | None, typer.Option(help="Which way they look: next (the default) or last.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Of an entitlement: purchased, renewed, allocated, future.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Of an entitlement today: active, future, followed, expired.")] = None,
    edition: Annotated[str | None, typer.Option(metavar="DATE", help="The first day of a future price edition (the next one).")] = None,
    effect: Annotated[list[str] | None, typer.Option(help="What new prices do to a line: rises, falls, same, before and so on.")] = None,
    in_currency: Annotated[str | None, typer.Option(metavar="CODE", help="All amounts in one currency, by dated rates.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="In sum (the default).")] = False,
    detail: Annotated[bool, typer.Option("--detail", help="Row by row.")] = False,
    explain_: Annotated[bool, typer.Option("--explain", help="How the totals come about: each filter and what it left out.")] = False,
    by: Annotated[str | None, typer.Option(help="What a summary is grouped by, such as month, site, customer, country.")] = None,
    sort: Annotated[str | None, typer.Option(metavar="COLUMN", help="A column, or -COLUMN for falling.")] = None,
    limit: Annotated[int | None, typer.Option(min=1)] = None, offset: Annotated[int, typer.Option(min=0)] = 0,
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    format_: Annotated[ReportForm, typer.Option("--format")] = ReportForm.table,
    output: Annotated[str | None, typer.Option(metavar="FILE")] = None,
) -> None:
    """Run a report as a user: exactly the rows that the user's pages show."""
    if list_:
        _list(format_)
        return
    with refusals():
        if name is None or as_ is None:
            end(_("Name a report and whose rows count: report NAME --as EMAIL. `report --list` names the reports."), MISUSED)
        if summary and detail:
            end(_("Choose --summary or --detail, not both."), MISUSED)
        if format_ in (ReportForm.xlsx, ReportForm.pdf) and output is None and not explain_:
            raise Refused(N_("A file of this format needs --output FILE."))
    asked: dict[str, Any] = {
        "agreement": agreement, "site": site, "customer": customer, "country": country, "program": program,
        "anniversary-month": anniversary_month, "product-group": product_group, "order-type": order_type, "status": status,
        "reseller": reseller, "anniversary-from": anniversary_from, "anniversary-to": anniversary_to, "from": from_, "to": to,
        "quote": quote, "quote-state": quote_state, "account-manager": account_manager, "due": due, "direction": direction,
        "kind": kind, "state": state, "edition": edition, "effect": effect,
        "in-currency": in_currency, "window": None if window is None else str(window),
    }
    with _asking(name, as_) as (module, viewer):
        filters, problems = Filters.from_params({
            key: [value] if isinstance(value, str) else value for key, value in asked.items() if value is not None
        })
        problems += choices.unknown(viewer, filters)
        if problems:
            end("\n".join(str(problem) for problem in problems), MISUSED)
        form = "detail" if detail else "summary" if summary else None
        if view is not None:
            kept = _kept(viewer, module, view)
            filters, form = kept.filters.but(**filters.given()), form or kept.form
            by, sort = by or (kept.by if form == kept.form else None), sort or (kept.sort if form == kept.form else None)
        # Machine formats are the same in every shell; people are given part descriptions in their language.
        with use(DEFAULT_LANGUAGE if format_ in (ReportForm.json, ReportForm.csv) else language()):
            day = today.date() if today else viewer.store.settings.today()
            if explain_:
                _explain(explain(module, viewer, filters, today=day), format_)
                return
            rows: dict[str, Any] = {"today": day, "form": form or "summary", "by": by, "sort": sort, "limit": limit, "offset": offset}
            if format_ is ReportForm.csv:
                write_bytes(report_csv.of_report(module, viewer, filters, **rows), output)
                return
            result = run(module, viewer, filters, **rows)
        _give(result, viewer, format_, output, day)


@contextmanager
def _asking(name: str, email: str) -> Iterator[tuple[ModuleType, Viewer]]:
    """The report, and who asks for it; what that user is refused inside is in the audit."""
    with opened() as store:
        module, viewer = catalogue.find(name), Viewer.of_email(store, email)
        with viewer.asking(module.NAME):
            yield module, viewer


def _kept(viewer: Viewer, module: ModuleType, name: str) -> Asked:
    """What the view of this name asks for; what of it fell away is said beside the answer."""
    kept = saved_views.asked(viewer, module, saved_views.named(viewer, page_of(module), name).parameters)
    for problem in kept.problems:
        typer.echo(str(problem), err=True)
    return kept


def _list(format_: ReportForm) -> None:
    with refusals():
        named = [(name, _(module.TITLE), _(module.DEFINITION)) for name, module in catalogue.REPORTS.items()]
        if format_ is ReportForm.json:
            say_json({"reports": [{"name": name, "title": title, "definition": definition} for name, title, definition in named]})
            return
        for name, title, definition in named:
            typer.echo(f"{name}  {title}\n    {definition}\n")


def _give(result: Result, viewer: Viewer, format_: ReportForm, output: str | None, today: date) -> None:
    if format_ is ReportForm.json:
        write_bytes((_json(result) + "\n").encode(), output)
    elif format_ is ReportForm.table:
        _table(result)
    elif format_ is ReportForm.xlsx:
        write_bytes(report_file.xlsx(result, viewer, today=today), output)
    else:
        write_bytes(report_file.pdf(result, viewer, today=today, made=viewer.store.settings.now()), output)


def _explain(explained: Explanation, format_: ReportForm) -> None:
    """The way from everything to the rows, and each total beside what its rows make."""
    if format_ is ReportForm.json:
        say_json({
            "report": explained.report.NAME, "filters": explained.filters.to_params(),
            "as_of": explained.as_of.isoformat() if explained.as_of else None, "start": explained.start,
            "steps": [{"filter": step.words, "rows": step.rows, "left_out": step.left_out} for step in explained.steps],
            "totals": [{"measure": one.measure.name, "currency": one.currency, "formula": one.words, "rows": one.rows, "total": machine(one.amount),
                        "of_rows": machine(one.of_rows)} for one in explained.totals],
        })
        return
    if format_ is not ReportForm.table:
        end(_("An explanation is given as a table or as JSON; the XLSX and PDF files of the report have it too."), MISUSED)
    for block in blocks(explained):
        typer.echo(f"\n{block.title}")
        say_table(block.head, [[said(cell) for cell in line] for line in block.lines],
                  [bool(block.lines) and block.lines[0][place].kind in NUMBERS for place in range(len(block.head))])


def _json(result: Result) -> str:
    return json.dumps({
        "report": result.report.NAME, "filters": result.filters.to_params(),
        "as_of": result.as_of.isoformat() if result.as_of else None, "count": result.count,
        "rows": [{name: machine(value) for name, value in row.items()} for row in result.rows],
        "totals": [{name: machine(value) for name, value in row.items()} for row in result.totals],
    }, ensure_ascii=False)


def _table(result: Result) -> None:
    def shown(column: Column, row: dict[str, Any]) -> str:
        value = row[column.name]
        if value is None:
            return ""
        if column.kind == "country":
            return formats.country(value)
        if isinstance(value, date):
            return formats.day(value)
        return formats.number(value) if column.kind == "integer" else format(value, ",f") if column.kind in NUMBERS else str(value)

    say_table([_(column.text) for column in result.columns], [[shown(column, row) for column in result.columns] for row in result.rows],
              [column.kind in NUMBERS for column in result.columns])
    for row in result.totals:
        typer.echo(" · ".join(f"{name} {machine(value)}" for name, value in row.items()))
