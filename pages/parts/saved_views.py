"""Saved views on the page that they are of: what a page opens with, and beside its filters the way to keep them, open others and share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from types import ModuleType

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import chart, filter_bar, session, states, tiles, view
from pages.parts.access.account import attempt
from pages.parts.explain import Number
from pages.parts.text import escape, in_badge
from pao_core import catalogue
from pao_core.access import AccessDenied, Viewer
from pao_core.filters import LABELS, Filters
from pao_core.locale import N_, Refused, _, formats, ngettext
from pao_core.reports import pinned, saved_views
from pao_core.reports.saved_views import EXACTLY, KEY, MOST_NAME, Parameters, SavedView

PAGE = "pages/reports/saved_views.py"
OFFERED = 20  # views that the bar lists; the page of them has all
NOBODY = ""  # whom a view is shared with
NO_FILTER = N_("{filter} is no filter of this page any more and is left out.")


def file_of(report: ModuleType) -> str:
    """The file of a report's page."""
    return f"{report.__name__.replace('pao_core.', 'pages/', 1).replace('.', '/')}.py"


# -- before the page is drawn -----------------------------------------------------------------------------------------
def arrive(viewer: Viewer, page: str) -> None:
    """Take over the view that a new address names; with an address that says nothing, and no filter that came along from another page,
    the reader's default."""
    state, said, moved = st.session_state, st.query_params.get(KEY), st.session_state["_moved"]
    if catalogue.of_page(page) is None or (not moved and said in (None, state.get("_view_written"))):
        return
    state["_brought"], state["_fell"], state["_opened"] = True, [], None
    if said is None:
        _open_default(viewer, page)
        return
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
    found = next((one for one in saved_views.listed(viewer, page) if one.id == number), None)
    asked = {key: st.query_params.get_all(key) for key in st.query_params if key != KEY}
    view.forget(page)
    if found and (not asked or _holds(found, {key: list(values) for key, values in found.parameters.items() if key in view.FORM} | asked)):
        _bring(found)
    else:
        filter_bar.bring(asked | ({KEY: [said]} if found or said == EXACTLY else {}))


def _open_default(viewer: Viewer, page: str) -> None:
    state = st.session_state
    kept: Filters = state.get("_filters", filter_bar.NONE)
    of_default: Filters = state.get("_of_default", filter_bar.NONE)
    if len(st.query_params) or _of_data(kept) not in (filter_bar.NONE, of_default):
        return
    found = next((one for one in saved_views.listed(viewer, page) if one.default), None)
    if found:
        view.forget(page)
        _bring(found, kept.in_currency)
    elif of_default != filter_bar.NONE:
        filter_bar.adopt(filter_bar.NONE.but(in_currency=kept.in_currency))  # what a default set stays on its page
    state["_of_default"] = filter_bar.NONE


def _of_data(filters: Filters) -> Filters:
    """The filters without the currency that amounts are asked in, which is the reader's on all pages."""
    return filters.but(in_currency=None)


def _bring(found: SavedView, currency: str | None = None) -> None:
    """Have the address say the view, with amounts in this currency where it names none."""
    filter_bar.bring({**({"in-currency": [currency]} if currency else {}), **found.parameters, KEY: [str(found.id)]})
    st.session_state["_opened"] = found.parameters


def _open(found: SavedView) -> None:
    """Show a view on its page, where the reader is; for callbacks."""
    view.forget(found.page)
    _bring(found)
    st.session_state["_view_written"] = None


# -- after it is drawn ------------------------------------------------------------------------------------------------
def beside(viewer: Viewer, page: str, filters: Collection[str], place: DeltaGenerator, told: DeltaGenerator) -> None:
    """Beside the filters: which view holds, the default and the way back to it, what can be kept and opened; what fell away is `told`."""
    if catalogue.of_page(page) is None:
        return
    views, shown = saved_views.listed(viewer, page), view.said()
    here = next((one for one in views if str(one.id) == st.query_params.get(KEY)), None)
    default = next((one for one in views if one.default), None)
    untouched = here is not None and _holds(here, {key: values for key, values in view.whole().items() if key in shown or key in here.parameters})
    _write(here, default, shown)
    st.session_state["_of_default"] = _of_data(st.session_state["_filters"]) if here and here.default and untouched else filter_bar.NONE
    _tell(told, filters, shown)
    at_default = here is not None and here.default and untouched
    with place:
        if here:
            _badge(here, untouched)
            if _of_data(session.scene().filters) == filter_bar.NONE:
                st.button(_("Leave the view"), type="tertiary", icon=":material/close:", key="view_leave", on_click=_leave, args=(page,))
        if default and not at_default:
            st.button(_("Reset"), type="tertiary", icon=":material/restart_alt:", key="view_reset", on_click=_open, args=(default,),
                      help=escape(_("Back to the default view: {name}", name=default.title)))
        if shown and not at_default:
            st.button(_("Save as default"), type="tertiary", icon=":material/bookmark_star:", key="view_default", on_click=attempt,
                      args=(lambda now: _save_default(now, page, here if untouched else None),))
        with st.popover(_("Views"), icon=":material/bookmarks:", type="tertiary", key="p_views"):
            _kept(viewer, page, views, here, view.whole(), changed=here is not None and not untouched)


def _holds(found: SavedView, shown: Parameters) -> bool:
    """Whether the page shows what the view says; the currency of amounts is the reader's where the view names none."""
    mine = () if "in-currency" in found.parameters else ("in-currency",)
    return saved_views.same(found.parameters, {key: values for key, values in shown.items() if key not in mine})


def _write(here: SavedView | None, default: SavedView | None, shown: Parameters) -> None:
    """Have the address name the view; or say that it means nothing but itself, where a default would speak for it."""
    wanted = str(here.id) if here else EXACTLY if default and not shown else None
    if wanted is None:
        st.query_params.pop(KEY, None)
    elif st.query_params.get(KEY) != wanted:
        st.query_params[KEY] = wanted
    st.session_state["_view_written"] = wanted


def _tell(place: DeltaGenerator, filters: Collection[str], shown: Parameters) -> None:
    """What fell away of the view or address that was opened, until something else is shown."""
    state = st.session_state
    if state["_brought"]:
        opened: Parameters = state.pop("_opened", None) or {}
        state["_fell"] += [_(NO_FILTER, filter=_(LABELS[key])) for key in opened if key in LABELS and key not in filters]
        unused = [key for key in opened if key not in LABELS and key not in state["_claimed"]]
        state["_fell"] += [str(saved_views.fell_away(key, ", ".join(opened[key]))) for key in unused]
        state["_fell_at"] = shown
    elif state.get("_fell_at") != shown:
        state["_fell"] = []
    for sentence in state.get("_fell", ()):
        place.warning(escape(sentence), icon=":material/filter_alt_off:")


def _badge(here: SavedView, untouched: bool) -> None:
    said = _("Default view: {name}", name=here.title) if here.default else _("View: {name}", name=here.title)
    st.badge(in_badge(said if untouched else _("{view}, changed", view=said)), icon=":material/bookmark:", color="gray")


def _leave(page: str) -> None:
    view.forget(page)
    filter_bar.reset()
    for key in view.said():
        if key not in LABELS:
            st.query_params.pop(key, None)


def _save_default(viewer: Viewer, page: str, here: SavedView | None) -> None:
    if here:
        saved_views.make_default(viewer, here.id)
    else:
        name(saved_views.save(viewer, page, "", view.whole(), default=True))
    st.toast(_("This page opens like this from now on."), icon=":material/bookmark_star:")


def name(view_id: int) -> None:
    """The address names this view from here on; what it says besides is what the view says."""
    st.query_params[KEY] = st.session_state["_view_written"] = str(view_id)


def _kept(viewer: Viewer, page: str, views: Sequence[SavedView], here: SavedView | None, shown: Parameters, *, changed: bool) -> None:
    """The views of the page, and the form that keeps what is shown."""
    for one in views[:OFFERED]:
        st.button(_label(one), type="tertiary", icon=_icon(one), key=f"view_{one.id}", on_click=_open, args=(one,))
    if views:
        st.page_link(PAGE, label=_("All saved views"), icon=":material/arrow_forward:", icon_position="right")
        st.divider()
    if here and changed and here.may_change and st.button(escape(_("Save the changes to {name}", name=here.title)), icon=":material/save:",
                                                         key="view_replace"):
        _try(lambda: saved_views.replace(viewer, here.id, here.version, shown), _("The view is changed."))
    _form(viewer, page, shown)
    st.caption(escape(_("A link to exactly this. Whoever opens it sees the own rows.")))
    st.code(saved_views.link(viewer, page, shown), language=None, wrap_lines=True)


def _label(one: SavedView) -> str:
    return escape(one.title if one.mine else _("{name} · {owner}", name=one.title, owner=one.owner_name))


def _icon(one: SavedView) -> str:
    return f":material/{'bookmark_star' if one.default else 'group' if one.site else 'bookmark'}:"


def _form(viewer: Viewer, page: str, shown: Parameters) -> None:
    """A name for what is shown, and who sees it."""
    sites, key = saved_views.may_share(viewer), f"view_new_{view.turn('view')}"
    with st.form(key, border=False):
        called = st.text_input(_("Save this view as"), max_chars=MOST_NAME, key=f"{key}_name", placeholder=_("Name of the view"))
        site = st.selectbox(_("Who sees it"), [NOBODY, *sites], format_func=who_sees, key=f"{key}_site")
        saved = st.form_submit_button(_("Save view"), icon=":material/bookmark_add:")
    if saved:
        def keep() -> None:
            made = saved_views.save(viewer, page, called, shown)
            name(made)
            if site:
                saved_views.share(viewer, made, site)
            st.session_state["_turn_view"] = view.turn("view") + 1

        _try(keep, _("The view is saved."))


def who_sees(site: str) -> str:
    """Whom a view is shown to, in words."""
    return _("Readers of site {number}", number=site) if site else _("Only me")


def _try(act: Callable[[], object], done: str) -> None:
    """Do it, and draw the page anew; a refusal is said here."""
    try:
        act()
    except Refused as problem:
        states.refused(problem)
    else:
        st.toast(done, icon=":material/check:")
        st.rerun()


# -- on Home ----------------------------------------------------------------------------------------------------------
def on_home(viewer: Viewer) -> None:
    """A tile for each view that the reader has put on Home; it opens the view."""
    found = saved_views.pinned(viewer) if viewer.may(saved_views.RIGHT) else []
    with states.told():
        if not found:
            return
        chart.heading(escape(_("My views")), escape(_("What you have put on Home, as it stands now")))
        tiles.row([_tile(viewer, one) for one in found], key="view_tile")


def _tile(viewer: Viewer, one: SavedView) -> tiles.Tile:
    report = catalogue.of_page(one.page)
    if report is None:
        return tiles.Tile("bookmark", one.title, "–", _("The page of this view is no longer there."), "", "", "gray")
    try:
        worth = pinned.worth(viewer, one, report, session.today())
    except AccessDenied as refusal:
        return tiles.Tile("bookmark", one.title, "–", str(refusal), "", "", "gray")
    count = formats.number(worth.count)
    notes = [_(report.TITLE)]
    if worth.currency:
        value = "–" if worth.amount is None else formats.compact_money(worth.amount, worth.currency)
        lines = worth.counted.name == pinned.LINES
        notes.append(ngettext("{count} line", "{count} lines", worth.count, count=count) if lines else f"{count} {_(worth.counted.text)}")
    else:
        value = count
        notes.append(_(worth.counted.text))
    if worth.currencies > 1:
        notes.append(ngettext("{count} more currency", "{count} more currencies", worth.currencies - 1))
    if worth.problems:
        notes.append(_("a part of its filters fell away"))
    return tiles.Tile("bookmark", one.title, value, " · ".join(notes), file_of(report), _("Show"), "blue", {**one.parameters, KEY: [str(one.id)]},
                      numbers=[Number(report, worth.measure, worth.currency, worth.filters)])
