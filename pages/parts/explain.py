"""What a report counts, one click away: definition, filters, rows, age of the data; and how any number on screen comes about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import streamlit as st

from pages.parts import session, states
from pages.parts.text import escape
from pao_core.explain import Explanation, Total, behind, explain
from pao_core.filters import Filters
from pao_core.locale import _, formats, ngettext
from pao_core.report import Column, Report, Result
from pao_core.report import age as report_age

ROWS = 50  # that a panel shows at a time


@dataclass(frozen=True)
class Number:
    """A number on screen: a measure of a report in one currency (None: of a report without amounts), as these filters find it; `of` names
    its rows where they are not all of the page's. `file` is the page that lists the rows where the report has none of its own, `views` how
    that page is looked at then."""

    report: Report | ModuleType
    measure: str
    currency: str | None
    filters: Filters
    of: str = ""
    file: str = ""
    views: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"form": ["detail"]})

    @property
    def name(self) -> str:
        """What it is called where several are offered."""
        return " · ".join(part for part in (_(_column(self.report, self.measure).text), self.of, self.currency) if part)


def definition(report: ModuleType, result: Result | None) -> None:
    """The button and what it opens."""
    scene = session.scene()
    with st.popover(_("Definition"), icon=":material/info:", type="tertiary", key=f"definition_{report.NAME}"):
        st.markdown(escape(_(report.DEFINITION)))
        words = scene.filters.words() or [_("No filter")]
        st.markdown("\n".join(f"- {escape(phrase)}" for phrase in words))
        if result is not None:
            st.caption(escape(_("{count} rows; data of {moment}", count=formats.number(result.count), moment=age(scene))))


def text(told: str, *, key: str) -> None:
    """The same button for what is no report."""
    with st.popover(_("Definition"), icon=":material/info:", type="tertiary", key=f"definition_{key}"):
        st.markdown(escape(told))


def age(scene: session.Scene) -> str:
    """When the last change of the data on screen was committed."""
    as_of, _behind = report_age(scene.viewer)
    return formats.moment(as_of, scene.viewer.store.settings.timezone) if as_of else _("no data yet")


def published(at: datetime | None) -> str:
    """When the price lists last changed, and what they are; safe for markdown."""
    if at is None:
        return ""
    timezone = session.scene().viewer.store.settings.timezone
    return escape(_("Published {moment} · list prices without tax", moment=formats.moment(at, timezone)))


def age_in_words(scene: session.Scene) -> str:
    """How long ago that was: in minutes, hours or days."""
    as_of, _behind = report_age(scene.viewer)
    return formats.ago(scene.viewer.store.settings.now() - as_of) if as_of else "–"


def freshness() -> str:
    """The age as a phrase under a title, with a sign when a newer copy is being made; safe for markdown."""
    scene = session.scene()
    told = escape(_("Data of {moment}", moment=age(scene)))
    if report_age(scene.viewer)[1]:
        told += f" :orange-badge[:material/schedule: {escape(_('newer data are being prepared'))}]"
    return told


# -- one number ---------------------------------------------------------------------------------------------------------
def opener(numbers: Sequence[Number], *, key: str, formula: str = "", label: str = "") -> None:
    """The button that explains a number, or one of several; `formula` says how a number is made of them. Nothing is asked of the data
    before it is pressed."""
    if numbers and st.button(label, type="tertiary", icon=":material/calculate:", key=f"explain_{key}", help=_("Explain this number")):
        panel = st.dialog(_("Explain this number"), width="large", icon=":material/calculate:")
        panel(_panel)(tuple(numbers), formula)


def numbers(report: ModuleType, *measures: str, currency: str | None = None, filters: Filters | None = None, **more: Any) -> list[Number]:
    """What explains a figure that is made of these measures, as the page's filters, or others, find them; `more` says where their rows are."""
    return [Number(report, measure, currency, filters or session.scene().filters, **more) for measure in measures]


def of_totals(report: ModuleType, filters: Filters, totals: Iterable[Mapping[str, Any]]) -> list[Number]:
    """Every total of a report, amounts first."""
    measures = sorted(report.MEASURES, key=lambda measure: _column(report, measure).kind != "money")
    return [Number(report, measure, total.get("currency"), filters) for total in totals for measure in measures]


def _panel(numbers: tuple[Number, ...], formula: str) -> None:
    viewer, scene = session.enter_dialog(), session.scene()
    with states.told():
        number = numbers[0]
        if len(numbers) > 1:
            # By their places: a number itself cannot be sent to the browser and back.
            number = numbers[st.selectbox(_("Figure"), range(len(numbers)), format_func=lambda place: numbers[place].name, key="explained")]
        if formula:
            st.markdown(escape(formula))
        explained = explain(number.report, viewer, number.filters, today=scene.today)
        one = explained.total(number.measure, number.currency)
        if one is None:
            st.info(escape(_("No row is in this number now.")), icon=":material/info:")
            return
        _sum(number, explained, one)
        _way(explained, one)
        _rows(number, explained, one)


def _sum(number: Number, explained: Explanation, one: Total) -> None:
    st.markdown(f"**{escape(number.name)}: {escape(written(one.amount, one.measure, one.currency))}**")
    st.markdown(escape(one.words))
    if one.again:
        st.markdown(escape(_("The rows make {made}; {again} of it counts once elsewhere: {remark}", remark=one.remark,
                             made=written(one.of_rows, one.measure, one.currency), again=written(one.again, one.measure, one.currency))))
    else:
        st.markdown(escape(ngettext("The {count} row below makes {made}.", "The {count} rows below make {made}.", one.rows,
                                    count=formats.number(one.rows), made=written(one.of_rows, one.measure, one.currency))))
    with st.expander(_("Definition of {report}", report=_(explained.report.TITLE)), icon=":material/info:"):
        st.markdown(escape(_(explained.report.DEFINITION)))
    as_of = formats.moment(explained.as_of, session.scene().viewer.store.settings.timezone) if explained.as_of else _("no data yet")
    st.caption(escape(" · ".join([_("Data of {moment}", moment=as_of), *explained.looks])))


def _way(explained: Explanation, one: Total) -> None:
    """From everything that the viewer may see to the rows of the number, filter by filter."""
    lines = [(_("Everything of the report that you may see"), formats.number(explained.start), "")]
    lines += [(step.words, formats.number(step.rows), formats.number(step.left_out)) for step in explained.steps_to(one)]
    head = f"| {escape(_('Step'))} | {escape(_('Rows left'))} | {escape(_('Left out'))} |\n|:--|--:|--:|"
    st.markdown("\n".join([head, *(f"| {escape(words)} | {escape(rows)} | {escape(out)} |" for words, rows, out in lines)]))


def _rows(number: Number, explained: Explanation, one: Total) -> None:
    """The rows themselves, and the way to them on the report's page."""
    from pages.parts import table, view  # they draw the buttons of this part, so they come first

    key = f"explained_page_{hash((number.filters, number.of))}_{number.measure}_{number.currency}"
    page: int = st.session_state.get(key, 1)
    found = behind(explained, one, session.scene().viewer, limit=ROWS, offset=(page - 1) * ROWS)
    table.table(_leading(found.columns, one), found.rows, key=f"{key}_{page}", alt=_("Rows of the number"))
    table.pages(found.count, page, key)
    leads_to = number.filters.but(**one.formula.filters)
    file = number.file or file_of(number.report)
    params = {**number.views, **leads_to.to_params()}
    if session.scene().address != Path(file).stem.replace("_", "-"):
        view.leave(params)
    st.page_link(file, label=_("Open these rows on their page"), icon=":material/arrow_forward:", query_params=params)


def file_of(report: Any) -> str:
    """The file of a report's page."""
    return f"{report.__name__.replace('pao_core.', 'pages/', 1).replace('.', '/')}.py"


def written(value: Decimal | int | None, column: Column, currency: str | None) -> str:
    """A total as the reader's language writes it."""
    if value is None:
        return "–"
    if column.kind == "percent":
        return formats.percent(value)
    return formats.money(Decimal(value), currency) if column.kind == "money" and currency else formats.number(value)


def _column(report: Report | ModuleType, name: str) -> Column:
    return next(column for column in report.COLUMNS if column.name == name)


def _leading(columns: Sequence[Column], one: Total) -> list[Column]:
    """What the total is made of first."""
    of = one.formula.of or (one.measure.name,)
    return sorted(columns, key=lambda column: column.name not in (*of, *(f"{name}_in" for name in of), "currency"))
