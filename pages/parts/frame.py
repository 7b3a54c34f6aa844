"""What stands around every page: menu, logo, title with its actions, filter bar, the mark of demonstration data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import drawn, filter_bar, page_file, saved_views, session, view
from pages.parts.access import account
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.rights import REPORTING_VIEW
from pao_core.demo import demonstration
from pao_core.locale import _

HERE = Path(__file__).parent
MARK = str(HERE / "mark.svg")
TITLE_WIDTH = 620


class Entry(Protocol):
    """A line of the menu in app.py."""

    @property
    def file(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def right(self) -> tuple[str, ...]: ...

    @property
    def filters(self) -> tuple[str, ...]: ...

    @property
    def icon(self) -> str | None: ...

    @property
    def open(self) -> bool: ...


Registered = dict[str, tuple[Any, str, Any]]


def register(menu: Mapping[str, Iterable[Entry]], viewer: Viewer | None) -> Registered:
    """Every page, always, so that a deep link outlives the sign-in: address -> (entry, section, page). The first page answers at `/`."""
    found: Registered = {}
    for section, entries in menu.items():
        for entry in entries:
            shown = not entry.open and viewer is not None and any(viewer.may(right) for right in entry.right)
            page = st.Page(entry.file, title=_(entry.title), icon=entry.icon, url_path=entry.address, default=not found,
                           visibility="visible" if shown else "hidden")
            found[page.url_path] = (entry, section, page)
    return found


def navigation(registered: Registered) -> dict[str, list[Any]]:
    """The menu: section -> pages, in the order of the product's map."""
    sections: dict[str, list[Any]] = {}
    for _entry, section, page in registered.values():
        sections.setdefault(_(section) if section else "", []).append(page)
    return sections


def dress() -> None:
    """The logo of the theme."""
    st.logo(str(HERE / f"logo-{session.mode()}.svg"), size="medium")


def around(entry: Entry, viewer: Viewer, run: Callable[[], None]) -> None:
    """Check the right, reserve the places above, draw the filter bar, run the page; what frames a page also frames its refusal."""
    head, bar, found = st.container(), st.container(), drawn.begin()
    if any(viewer.may(right) for right in entry.right):
        view.arrive(entry.address)
        filters, count, finish = filter_bar.NONE, bar, None
        if entry.filters and viewer.may(REPORTING_VIEW):
            view.follow()
            saved_views.arrive(viewer, entry.address)
            with bar:
                filters, count, beside = filter_bar.draw(viewer, entry.filters, session.today())
                finish = partial(saved_views.beside, viewer, entry.address, entry.filters, beside, st.container())
        session.set_scene(viewer, filters, entry.address, head, count)
        found.offered = bool(entry.filters) or REPORTING_VIEW in entry.right
        run()
        if finish:
            finish()  # what the page shows is known once it is drawn
    else:
        session.set_scene(viewer, filter_bar.NONE, entry.address, head, bar)
        header(_(entry.title), "")
        session.refuse(viewer, entry.address, entry.right[0])
    # At the end: even an element without a face takes a gap above the title.
    st.caption(_("PAO Desk is not affiliated with IBM."), text_alignment="center")
    session.heartbeat()
    session.page_language()


def header(title: str, about: str) -> DeltaGenerator:
    """Title and one line about it, above the filter bar; gives the place of the actions at the right."""
    scene = session.scene()
    with scene.head, st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        with st.container(gap=None, width=TITLE_WIDTH):
            st.title(escape(title), anchor=False)
            if about:
                st.caption(about)
        right = st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center")
        with right:
            if demonstration.present(scene.viewer.store):
                st.badge(_("Demonstration data"), icon=":material/science:", color="orange")
            actions = st.container(horizontal=True, gap="xsmall", width="content")
            if drawn.page().offered:
                page_file.button(title)
            account.menu(scene.viewer)
    return actions
