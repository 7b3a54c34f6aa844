"""The list of saved views, and the panel of one: open, rename, share, put on Home, make it the default, its calendar, remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.parts import session, states, table, view
from pages.parts.access.account import attempt, follow
from pages.parts.saved_views import NOBODY, file_of, who_sees
from pages.parts.text import escape, in_badge
from pao_core import catalogue
from pao_core.access import AccessDenied, Viewer
from pao_core.locale import Refused, _, formats
from pao_core.reports import calendar_feed, saved_views
from pao_core.reports.saved_views import COLUMNS, KEY, MOST_NAME, SavedView

PANEL = "saved_view"
WIDTHS = {"name": 220, "filters": 320, "marks": 150}


def listed(viewer: Viewer) -> None:
    """The views that the reader sees, with a search; a click opens one's panel."""
    found = saved_views.listed(viewer)
    if not found:
        states.empty(_("No saved view yet"), _("On the page of a report choose filters, then Views, and give what you see a name."), "bookmarks")
        return
    shown = saved_views.matching(found, view.search("views_search", _("Name, page or filter")))
    if not shown:
        states.empty(_("No view matches"), _("Try a part of its name, or of a filter."), "search_off")
        return
    row = table.table(COLUMNS, [_row(one) for one in shown], key=f"views_{hash(tuple(one.id for one in shown))}_{view.turn(PANEL)}",
                      alt=_(saved_views.TITLE), clickable=True, widths=WIDTHS)
    if row is not None:
        view.pick(PANEL, row["id"])
    picked = view.picked(PANEL)
    one = next((one for one in found if one.id == picked), None)
    if one:
        st.dialog(_("Saved view"), width="medium", position="right", icon=":material/bookmark:", on_dismiss="rerun")(_opened)(one.id)


def _row(one: SavedView) -> dict[str, Any]:
    report = catalogue.of_page(one.page)
    marks = [_("Default") if one.default else "", _("On Home") if one.pinned else "", _("Calendar") if one.calendar else ""]
    return {
        "id": one.id, "name": one.title, "page": _(report.TITLE) if report else one.page,
        "filters": " · ".join(saved_views.words(one.parameters)) or _("No filter"), "owner": _("You") if one.mine else one.owner_name,
        "shared": who_sees(one.site) if one.site else None, "marks": ", ".join(filter(None, marks)) or None,
        "changed": formats.moment(one.changed_at, session.store().settings.timezone),
    }


def _opened(view_id: int) -> None:
    """One view, as it is now."""
    viewer = session.enter_dialog()
    one = saved_views.find(viewer, view_id)
    if one is None:
        st.caption(escape(_("This saved view is no longer there.")))
        return
    report = catalogue.of_page(one.page)
    st.markdown(f"**{escape(one.title)}**")
    st.caption(escape(" · ".join([_(report.TITLE) if report else one.page, _("saved by {name}", name=_("you") if one.mine else one.owner_name)])))
    with st.container(horizontal=True, gap="xsmall"):
        for phrase in saved_views.words(one.parameters) or [_("No filter")]:
            st.badge(in_badge(phrase), color="blue")
    opens = _opens(viewer, one)
    _marks(one)
    if opens and report and calendar_feed.has_days(report):
        _calendar(viewer, one)
    if one.may_change:
        _changes(viewer, one)


def _opens(viewer: Viewer, one: SavedView) -> bool:
    """The way to the page with this view, and the link; what fell away of it in words. Whether its page opens."""
    report = catalogue.of_page(one.page)
    if report is None:
        st.warning(escape(_("The page of this view is no longer there.")), icon=":material/filter_alt_off:")
        return False
    try:
        problems: Sequence[Refused] = saved_views.asked(viewer, report, one.parameters).problems
    except AccessDenied as refusal:
        states.refused(refusal)
        return False
    for problem in problems:
        st.warning(escape(problem), icon=":material/filter_alt_off:")
    st.page_link(file_of(report), label=_("Open this view"), icon=":material/arrow_forward:", query_params={
        **{key: list(values) for key, values in one.parameters.items()}, KEY: str(one.id)})
    st.caption(escape(_("A link to exactly this. Whoever opens it sees the own rows.")))
    st.code(saved_views.link(viewer, one.page, one.parameters), language=None, wrap_lines=True)
    return True


def _marks(one: SavedView) -> None:
    """What the reader makes of the view."""
    with st.container(horizontal=True):
        st.toggle(_("On Home"), key=follow("view_pinned", one.pinned), on_change=attempt,
                  args=(lambda viewer: saved_views.pin(viewer, one.id, not one.pinned),))
        st.toggle(_("Default of its page"), key=follow("view_default", one.default), on_change=attempt,
                  args=(lambda viewer: saved_views.make_default(viewer, one.id, not one.default),))


def _calendar(viewer: Viewer, one: SavedView) -> None:
    """The address that a calendar program subscribes to: shown once."""
    st.caption(escape(_("Calendar: the due dates and anniversaries of this view, for a calendar program.")))
    shown = "_calendar_made"
    if one.calendar:
        read = formats.moment(one.read_at, session.store().settings.timezone) if one.read_at else _("not yet")
        st.caption(escape(_("There is an address of yours; it was last read: {moment}.", moment=read)))
    with st.container(horizontal=True):
        if st.button(_("Make a new address") if one.calendar else _("Make an address"), icon=":material/calendar_add_on:", key="calendar_make"):
            _try(lambda: st.session_state.update({shown: calendar_feed.make(viewer, one.id)}))
        if one.calendar and st.button(_("Revoke the address"), icon=":material/event_busy:", key="calendar_revoke"):
            _try(lambda: calendar_feed.revoke(viewer, one.id))
    made = st.session_state.pop(shown, None)
    if made:
        st.code(made, language=None, wrap_lines=True)
        st.warning(escape(_("Copy the address now, it is not shown again. Whoever has it reads these days with your rights: give it to nobody.")),
                   icon=":material/key:")


def _changes(viewer: Viewer, one: SavedView) -> None:
    """Name, who sees it, and its end: of the owner's and, of a shared one, the primary contact's."""
    with st.form(f"view_{one.id}_{one.version}", border=False):
        called = st.text_input(_("Name"), one.name, max_chars=MOST_NAME)
        if st.form_submit_button(_("Rename"), icon=":material/edit:"):
            _try(lambda: saved_views.rename(viewer, one.id, one.version, called))
    offered = list(dict.fromkeys([NOBODY, *(saved_views.may_share(viewer) if one.mine else ()), *([one.site] if one.site else [])]))
    key = follow("view_site", one.site or NOBODY)

    def shown_to(now: Viewer) -> None:
        site = st.session_state[key]
        if site:
            saved_views.share(now, one.id, site)
        else:
            saved_views.keep_private(now, one.id)

    st.selectbox(_("Who sees it"), offered, key=key, on_change=attempt, args=(shown_to,),
                 format_func=lambda site: who_sees(site) if site or one.mine else _("Only {name}", name=one.owner_name))
    with st.popover(_("Remove"), icon=":material/delete:", key=f"view_remove_{one.id}"):
        st.markdown(escape(_("The view is gone for everybody, with its place on Home, as a default, and its calendars.")))
        if st.button(_("Remove this view"), key="view_removed"):
            _try(lambda: saved_views.remove(viewer, one.id), ends=True)


def _try(act: Callable[[], object], *, ends: bool = False) -> None:
    """Do it, and draw the panel anew, or the page when that `ends` it; a refusal is said here."""
    try:
        act()
    except Refused as problem:
        states.refused(problem)
    else:
        st.rerun(scope="app" if ends else "fragment")
