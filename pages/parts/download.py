"""The rows on screen as a file: made when it is asked for, in another thread, with the right checked again there."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import streamlit as st

from pages.parts import session
from pao_core.export.csv import table_csv
from pao_core.export.xlsx import table_xlsx
from pao_core.locale import DEFAULT_LANGUAGE, _, formats, language, use
from pao_core.report import Result, run

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXCEL_ROWS = 1_048_575


def downloads(report: ModuleType, result: Result, *, key: str) -> None:
    """One button that opens the two forms: XLSX for people, CSV for systems; all rows, not only the page on screen."""
    scene, spoken = session.scene(), language()
    stem = f"{report.NAME}-{scene.today.isoformat()}"
    ask = (report, scene, result.form, result.by, result.sort, spoken)
    with st.popover(_("Download"), icon=":material/download:", key=f"download_{key}"):
        st.download_button(_("XLSX for people"), lambda: report_xlsx(*ask), f"{stem}.xlsx", XLSX, key=f"xlsx_{key}", on_click="ignore",
                           icon=":material/table:", width="stretch", disabled=result.count > EXCEL_ROWS)
        st.download_button(_("CSV for systems"), lambda: report_csv(*ask[:-1]), f"{stem}.csv", "text/csv", key=f"csv_{key}", on_click="ignore",
                           icon=":material/csv:", width="stretch")
        st.caption(_("{count} rows, all pages", count=formats.number(result.count)))


def _all_rows(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str) -> Result:
    return run(report, session.still(scene), scene.filters, today=scene.today, form=form, by=by or None, sort=sort, totals=False)


def report_xlsx(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str, spoken: str) -> bytes:
    """The workbook of a report, in the reader's language."""
    with use(spoken):
        result = _all_rows(report, scene, form, by, sort)
        as_of = formats.moment(result.as_of, scene.viewer.store.settings.timezone) if result.as_of else ""
        return table_xlsx(_(report.TITLE), result.columns, result.rows, words=scene.filters.words(), as_of=as_of, definition=_(report.DEFINITION))


def report_csv(report: ModuleType, scene: session.Scene, form: str, by: tuple[str, ...], sort: str) -> bytes:
    """The machine form of a report: the same whoever reads it."""
    with use(DEFAULT_LANGUAGE):
        result = _all_rows(report, scene, form, by, sort)
        return table_csv(result.columns, result.rows)


def file_buttons(make: Callable[[str], bytes], stem: str, *, key: str) -> None:
    """The same button for a file that is no report; `make` is called with "xlsx" or "csv" in another thread."""
    with st.popover(_("Download"), icon=":material/download:", key=f"download_{key}"):
        for form, text, mime, icon in (("xlsx", _("XLSX for people"), XLSX, "table"), ("csv", _("CSV for systems"), "text/csv", "csv")):
            st.download_button(text, _made(make, form), f"{stem}.{form}", mime, key=f"{form}_{key}", on_click="ignore",
                               icon=f":material/{icon}:", width="stretch")


def main_file(make: Callable[[str], bytes], stem: str, *, label: str) -> None:
    """The one primary action of a page: its workbook at one click."""
    st.download_button(session.on_primary(f":material/download: {label}"), _made(make, "xlsx"), f"{stem}.xlsx", XLSX, key="main_file",
                       type="primary", on_click="ignore")


def _made(make: Callable[[str], bytes], form: str) -> Callable[[], bytes]:
    spoken = language()

    def give() -> bytes:
        with use(spoken):
            return make(form)
    return give
