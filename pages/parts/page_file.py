"""The whole page as one workbook: every figure, chart and table that it shows, made when it is asked for with the rights of that moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from urllib.parse import urlencode

import streamlit as st

from pages.parts import drawn, session
from pages.parts.download import XLSX, noted
from pages.parts.drawn import Asked, Drawn
from pao_core.charts import picture
from pao_core.explain import Explanation, blocks, explain
from pao_core.export import Cell
from pao_core.export.book import ROWS, Book, Figure, Sheet, book_xlsx
from pao_core.filters import Filters
from pao_core.locale import N_, Refused, _, formats, language, use
from pao_core.report import age, run

CHANGED = N_("Your rights have changed since this page was drawn. Load it again, then take the file.")


def button(title: str) -> None:
    """The button among the page's actions; `title` is the page's."""
    scene, spoken, found = session.scene(), language(), drawn.page()
    stem = f"{scene.address or 'home'}-{scene.today.isoformat()}"
    st.download_button(_("Whole page"), noted(_made(found, scene, title, spoken), f"{stem}.xlsx"), f"{stem}.xlsx", XLSX, key="page_file",
                       on_click="ignore", type="tertiary", icon=":material/grid_on:",
                       help=_("Every figure, chart and table of this page as one workbook"))


def _made(found: Drawn, scene: session.Scene, title: str, spoken: str) -> Callable[[], bytes]:
    def give() -> bytes:
        with use(spoken):
            return book_xlsx(book(found, scene, title))
    return give


def book(found: Drawn, scene: session.Scene, title: str) -> Book:
    """What is on the page, read again where there is more of it than the page shows. Raises AccessDenied when the session is over or a
    right is missing, Refused when rights are others than those that the page was drawn with."""
    viewer = session.still(scene)
    if viewer != scene.viewer:
        raise Refused(CHANGED)
    told: dict[tuple[str, Filters], Explanation] = {}

    def explained(report: ModuleType, filters: Filters) -> Explanation:
        key = (report.NAME, filters)
        told[key] = told.get(key) or explain(report, viewer, filters, today=scene.today)
        return told[key]

    def exactly(one: drawn.Told) -> Cell | None:
        if len(one.numbers) != 1:
            return None
        (number,) = one.numbers
        total = explained(number.report, number.filters).total(number.measure, number.currency)
        return Cell(total.amount, total.measure.kind, total.currency) if total else None

    figures = [Figure(one.label, one.value, exactly(one), one.note, one.course) for one in found.figures]
    charts = [(name, numbers) for name, figure in found.charts if (numbers := picture(figure, name)) is not None]
    tables = [_rows(asked, scene) if isinstance(asked, Asked) else Sheet(asked.title, asked.columns, asked.rows, len(asked.rows))
              for asked in found.tables]
    asked_for = {asked.report.NAME: asked for asked in found.tables if isinstance(asked, Asked)}
    reports = {name: asked.report for name, asked in asked_for.items()} | {
        number.report.NAME: number.report for one in found.figures for number in one.numbers}
    as_of, _behind = age(viewer)
    settings = viewer.store.settings
    about = [(_("Page"), title), (_("Address"), _address(scene)),
             (_("Data as of"), formats.moment(as_of, settings.timezone) if as_of else _("no data yet")), (_("Day"), formats.day(scene.today)),
             *((_("Filters"), words) for words in scene.filters.words() or [_("No filter")]), *_left_out(tables),
             (_("Notice"), _("PAO Desk is not affiliated with IBM."))]
    return Book(title, about, figures, charts, tables, [(_(report.TITLE), _(report.DEFINITION)) for report in reports.values()],
                [(_(asked.report.TITLE), blocks(explained(asked.report, asked.filters))) for asked in asked_for.values()])


def _rows(asked: Asked, scene: session.Scene) -> Sheet:
    """All rows of a report, as the reader may see them now, or as many as a sheet holds."""
    result = run(asked.report, session.still(scene), asked.filters, today=scene.today, form=asked.form, by=asked.by, sort=asked.sort, limit=ROWS,
                 totals=False)
    places = {name: place for place, name in enumerate(asked.order)}
    columns = sorted((column for column in result.columns if column.name in places), key=lambda column: places[column.name])
    return Sheet(_(asked.report.TITLE), columns, result.rows, result.count)


def _address(scene: session.Scene) -> str:
    asked = urlencode(scene.filters.to_params(), doseq=True)
    return f"{scene.viewer.store.settings.base_url}/{scene.address}{f'?{asked}' if asked else ''}"


def _left_out(tables: Sequence[Sheet]) -> list[tuple[str, str]]:
    return [(_("Left out"), _("{table}: the first {most} of {count} rows, as many as a sheet holds.", table=table.title, most=formats.number(ROWS),
                              count=formats.number(table.count))) for table in tables if table.count > ROWS]
