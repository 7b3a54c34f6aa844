"""The rows on screen as a file: made when it is asked for, in another thread, with the right checked again there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import streamlit as st

from pages.parts import session
from pages.parts.text import escape
from pao_core import report_file
from pao_core.config import Settings
from pao_core.export.pdf import MOST_ROWS
from pao_core.locale import DEFAULT_LANGUAGE, _, formats, language, use
from pao_core.report import Result, run
from pao_core.report_csv import of_report
from pao_core.store.engine import whence

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXCEL_ROWS = 1_048_575


def downloads(report: ModuleType, result: Result, *, key: str, first: Sequence[str] = ()) -> None:
    """One button that opens the forms: XLSX for people, PDF to read and print, CSV for systems; all rows, not only the page on screen.
    `first` names the columns that matter most where not all have room."""
    scene, spoken = session.scene(), language()
    stem = f"{report.NAME}-{scene.today.isoformat()}"
    ask = (report, scene, result.form, result.by, result.sort, spoken)
    with st.popover(_("Download"), icon=":material/download:", key=f"download_{key}"):
        st.download_button(_("XLSX for people"), noted(lambda: report_xlsx(*ask), f"{stem}.xlsx"), f"{stem}.xlsx", XLSX,
                           key=f"xlsx_{key}", on_click="ignore", icon=":material/table:", width="stretch", disabled=result.count > EXCEL_ROWS)
        st.download_button(_("PDF to read and print"), noted(lambda: report_pdf(*ask, first=first), f"{stem}.pdf"), f"{stem}.pdf", PDF,
                           key=f"pdf_{key}", on_click="ignore", icon=":material/picture_as_pdf:", width="stretch")
        st.download_button(_("CSV for systems"), noted(lambda: report_csv(*ask[:-1]), f"{stem}.csv"), f"{stem}.csv", "text/csv", key=f"csv_{key}",
                           on_click="ignore", icon=":material/csv:", width="stretch")
        st.caption(escape(_("{count} rows, all pages", count=formats.number(result.count))))
        if result.count > MOST_ROWS:
            st.caption(escape(_("The PDF has the first {most} rows.", most=formats.number(MOST_ROWS))))


def noted(make: Callable[[], bytes], name: str) -> Callable[[], bytes]:
    """What every button of a file makes it by: what is refused then, in another thread, is in the audit under `name`, with who asked from
    where."""
    viewer, where = session.scene().viewer, session.address()

    def give() -> bytes:
        whence.set(where)
        with viewer.asking(name):
            return make()
    return give


def _rows(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str, limit: int | None = None) -> Result:
    """The rows as the reader may see them now."""
    return run(report, session.still(scene), scene.filters, today=scene.today, form=form, by=by or None, sort=sort, limit=limit, totals=False)


def report_xlsx(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str, spoken: str) -> bytes:
    """The workbook of a report, in the reader's language."""
    with use(spoken):
        return report_file.xlsx(_rows(report, scene, form, by, sort), session.still(scene), today=scene.today)


def report_pdf(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str, spoken: str, *,
               first: Sequence[str] = ()) -> bytes:
    """The PDF of a report, in the reader's language."""
    with use(spoken):
        result = _rows(report, scene, form, by, sort, MOST_ROWS)
        return report_file.pdf(result, session.still(scene), today=scene.today, made=Settings.now(), first=first)


def report_csv(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str) -> bytes:
    """The machine form of a report: the same whoever reads it."""
    with use(DEFAULT_LANGUAGE):
        return of_report(report, session.still(scene), scene.filters, today=scene.today, form=form, by=by or None, sort=sort)


def file_buttons(make: Callable[[str], bytes], stem: str, *, key: str) -> None:
    """The same button for a file that is no report; `make` is called with "xlsx" or "csv" in another thread."""
    with st.popover(_("Download"), icon=":material/download:", key=f"download_{key}"):
        for form, text, mime, icon in (("xlsx", _("XLSX for people"), XLSX, "table"), ("csv", _("CSV for systems"), "text/csv", "csv")):
            st.download_button(text, noted(_made(make, form), f"{stem}.{form}"), f"{stem}.{form}", mime, key=f"{form}_{key}", on_click="ignore",
                               icon=f":material/{icon}:", width="stretch")


def main_file(make: Callable[[str], bytes], stem: str, *, label: str) -> None:
    """The one primary action of a page: its workbook at one click."""
    st.download_button(session.on_primary(f":material/download: {label}"), noted(_made(make, "xlsx"), f"{stem}.xlsx"), f"{stem}.xlsx", XLSX,
                       key="main_file", type="primary", on_click="ignore")


def _made(make: Callable[[str], bytes], form: str) -> Callable[[], bytes]:
    spoken = language()

    def give() -> bytes:
        with use(spoken):
            return make(form)
    return give
