"""Notes and next steps of a customer: what is open, what was written, one to write or change with its earlier versions, what was removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import streamlit as st

from pages.parts import chart, explain, overtaken, session, states, table, view
from pages.parts.access import acted
from pages.parts.filter_bar import DATE_FORMATS
from pages.parts.text import escape, in_badge
from pao_core.access.verbs import VERBS
from pao_core.customers import notes
from pao_core.customers.customer import Customer
from pao_core.customers.notes import KINDS, LAST_DAY, MOST_TEXT, NOTE, STEP, Draft, Note, Outdated, Version
from pao_core.locale import N_, _, formats, language, ngettext

PANEL = "note"
ICONS = {NOTE: "sticky_note_2", STEP: "task_alt"}
NEW = {NOTE: N_("Write a note"), STEP: N_("Plan a step")}
FIELDS = {"text": N_("Text"), "due_on": N_("Due on"), "assignee": N_("Who does it")}
TEXT_HEIGHT = 180


def listed(customer: Customer, found: Sequence[Note]) -> None:
    """The notes, open steps first, a page at a time; below them those that were removed."""
    scene, names = session.scene(), session.scene().viewer.colleagues()
    acted.said()
    _head(found)
    if not found:
        states.empty(_("Nothing written yet"), _("Write down what was said, or plan who does what until when."), "edit_note")
    number: int = st.session_state.get("page_notes", 1)
    shown = found[(number - 1) * table.PAGE:number * table.PAGE]
    for note in shown:
        _card(note, names)
    table.pages(len(found), number, "page_notes")
    gone = notes.listed(scene.viewer, scene.filters, removed=True)
    if gone:
        with st.expander(_("Removed ({count})", count=formats.number(len(gone))), icon=":material/delete:"):
            for note in gone[:table.PAGE]:
                _card(note, names)
    picked: tuple[str, int] | None = view.picked(PANEL)
    if picked:
        overtaken.begin(PANEL)
        kind, which = picked
        note = next((note for note in (*found, *gone) if note.id == which), None)
        title = _(KINDS[kind]) if note else _(NEW[kind])
        st.dialog(title, width="medium", position="right", icon=":material/edit_note:")(_opened)(customer, kind, note)


def _head(found: Sequence[Note]) -> None:
    """How many there are, and the ways to one more."""
    waiting = sum(note.is_open for note in found)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        with st.container(width="content"):
            told = ngettext("{count} step is open", "{count} steps are open", waiting, count=formats.number(waiting))
            chart.heading(_("Notes and next steps"), escape(f"{told} · {_('read by the people of your own site alone')}"))
        with st.container(horizontal=True, gap="xsmall", width="content"):
            for kind, label in NEW.items():
                if st.button(_(label), icon=f":material/{ICONS[kind]}:", key=f"new_{kind}"):
                    view.pick(PANEL, (kind, 0))
            explain.text(_(notes.DEFINITION), key="notes")


def _card(note: Note, names: Mapping[str, str]) -> None:
    """What it is, what it says as it was written, who wrote it, and what can be done with it."""
    viewer = session.scene().viewer
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            _badges(note, names)
        st.text(note.now.text)
        st.caption(escape(" · ".join([_said(note.written_by, note.written_at, names), *_changed(note, names), _("site {number}", number=note.site)])))
        key = f"{note.id}_{note.now.version}"
        with st.container(horizontal=True, gap="xsmall"):
            if note.removed_at:
                if viewer.may_act(VERBS["note.changed"], note.reseller):
                    _button(_("Put back"), "undo", f"back_{key}", notes.put_back, note, _("It is back."))
            elif note.is_open and viewer.may_act(VERBS["step.done"], note.reseller):
                _button(_("Done"), "check", f"done_{key}", notes.finish, note, _("The step is done."))
            elif note.now.done_at and viewer.may_act(VERBS["note.changed"], note.reseller):
                _button(_("Open again"), "undo", f"open_{key}", notes.reopen, note, _("The step is open again."))
            label, icon = (_("Versions"), "history") if note.removed_at else (_("Change"), "edit")
            if st.button(label, icon=f":material/{icon}:", type="tertiary", key=f"change_{note.id}"):
                view.pick(PANEL, (note.kind, note.id))


def _button(label: str, icon: str, key: str, act: Callable[..., None], note: Note, done: str) -> None:
    if st.button(label, icon=f":material/{icon}:", key=key):
        acted.do(lambda: act(session.scene().viewer, note.reseller, note.id, note.now.version), done)


def _badges(note: Note, names: Mapping[str, str]) -> None:
    today, due = session.scene().today, note.now.due_on
    st.badge(escape(_(KINDS[note.kind])), icon=f":material/{ICONS[note.kind]}:", color="blue" if note.is_open else "gray")
    if note.now.done_at:
        st.badge(escape(_("Done on {day} by {person}", day=_day(note.now.done_at), person=_name(note.now.done_by, names))), icon=":material/check:",
                 color="green")
    elif due:
        late = note.is_open and due < today
        told = _("Overdue since {day}", day=formats.day(due)) if late else _("Due on {day}", day=formats.day(due))
        st.badge(escape(told), icon=":material/error:" if late else ":material/event:", color="red" if late else "orange" if due == today else "gray")
    if note.now.assignee:
        st.badge(in_badge(_name(note.now.assignee, names)), icon=":material/person:", color="gray")


def _changed(note: Note, names: Mapping[str, str]) -> list[str]:
    """That it was changed or removed since it was written."""
    if note.removed_at:
        return [_("removed by {person}, {moment}", person=_name(note.now.changed_by, names), moment=_moment(note.removed_at))]
    if note.now.version == 1:
        return []
    return [_("changed by {person}, {moment}", person=_name(note.now.changed_by, names), moment=_moment(note.now.changed_at))]


def _said(who: str, at: datetime, names: Mapping[str, str]) -> str:
    return f"{_name(who, names)}, {_moment(at)}"


def _name(email: str | None, names: Mapping[str, str]) -> str:
    return names.get(email or "", email or "–")


def _moment(at: datetime) -> str:
    return formats.moment(at, session.store().settings.timezone)


def _day(at: datetime) -> str:
    return formats.day(at.astimezone(session.store().settings.timezone).date())


# -- one of them ------------------------------------------------------------------------------------------------------
def _opened(customer: Customer, kind: str, note: Note | None) -> None:
    """One to write, or to change with what it said before."""
    viewer, names = session.enter_dialog(), session.scene().viewer.colleagues()
    st.markdown(f"**{escape(customer.name)}**")
    now: Note | None = overtaken.now(PANEL, note)
    if note is None or not note.removed_at:
        key = f"n_{note.id if note else kind}_{view.turn(PANEL)}"
        reseller, site = (note.reseller, note.site) if note else _where(customer, key)
        with st.form(f"{key}_form", border=False):
            given = _fields(kind, note, notes.people(viewer, reseller), key)
            saved = st.form_submit_button(session.on_primary(_("Save")), type="primary")
        if saved:
            _try(lambda: notes.change(viewer, reseller, now.id, now.now.version, given) if now else notes.write(viewer, reseller, site, given), given)
        if now and viewer.may_act(VERBS["note.removed"], reseller):
            with st.popover(_("Remove"), icon=":material/delete:", key=f"{key}_remove"):
                st.markdown(escape(_("It leaves the page and stands among those removed, from where it can be put back.")))
                if st.button(_("Remove it"), key=f"{key}_removed"):
                    _try(lambda: notes.remove(viewer, reseller, now.id, now.now.version), given)
    if note:
        _versions(notes.versions(viewer, note.id), names)


def _where(customer: Customer, key: str) -> tuple[str, str]:
    """For which of the reader's own sites, and about which site of the customer: asked where there are several."""
    own = session.scene().viewer.sites(notes.RIGHT)
    reseller = st.selectbox(_("For your site"), own, key=f"{key}_reseller") if len(own) > 1 else own[0]
    if customer.only or len(customer.sites) == 1:
        return reseller, customer.main.number
    sites = {site.number: f"{site.name} · {site.number}" for site in customer.sites}
    first = list(sites).index((customer.marked or customer.main).number)
    return reseller, st.selectbox(_("About the customer's site"), list(sites), first, format_func=lambda number: sites[number], key=f"{key}_site")


def _fields(kind: str, note: Note | None, people: Mapping[str, str], key: str) -> Draft:
    """The fields of a note; a step has a day and somebody who does it too."""
    scene, now = session.scene(), note.now if note else None
    text = st.text_area(_(FIELDS["text"]), now.text if now else "", max_chars=MOST_TEXT, height=TEXT_HEIGHT, key=f"{key}_text")
    if kind == NOTE:
        return Draft(NOTE, text)
    left, right = st.columns(2)
    due = left.date_input(_(FIELDS["due_on"]), now.due_on if now else scene.today, format=DATE_FORMATS.get(language(), "DD/MM/YYYY"),
                          max_value=LAST_DAY, key=f"{key}_due")
    offered = list(dict.fromkeys([*people, *([now.assignee] if now and now.assignee else [])]))  # one who has left keeps it
    chosen = now.assignee if now else scene.viewer.email
    assignee = right.selectbox(_(FIELDS["assignee"]), offered, offered.index(chosen) if chosen in offered else None,
                               format_func=lambda email: people.get(email, email), placeholder="–", key=f"{key}_assignee")
    return Draft(STEP, text, due, assignee)


def _try(act: Callable[[], object], given: Draft) -> None:
    overtaken.attempt(PANEL, act, _("The notes are changed."), Outdated, lambda now: _both(given, now))


def _both(given: Draft, now: Note) -> None:
    """What the reader wrote beside what the other one saved."""
    def said(draft: Draft) -> dict[str, str]:
        return {name: str(getattr(draft, name) or "") for name in FIELDS}

    overtaken.side_by_side(FIELDS, said(given), said(now.draft), now.now.changed_by)


def _versions(older: Sequence[Version], names: Mapping[str, str]) -> None:
    """What it said before, the newest first."""
    if not older:
        return
    chart.heading(_("Earlier versions"), escape(ngettext("{count} version", "{count} versions", len(older), count=formats.number(len(older)))))
    for version in older:
        with st.container(border=True, gap="xsmall"):
            told = [_("Version {number}", number=formats.number(version.version)), _said(version.changed_by, version.changed_at, names)]
            if version.due_on:
                told += [_("due on {day}", day=formats.day(version.due_on)), _name(version.assignee, names)]
            if version.done_at:
                told.append(_("done on {day}", day=_day(version.done_at)))
            st.caption(escape(" · ".join(told)))
            st.text(version.text)
