"""The contacts of the reseller's own site: by type with what is missing, all of them, one to add or change, and what was changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import streamlit as st

from pages.parts import chart, overtaken, session, states, table, view
from pages.parts.access import audit_list
from pages.parts.text import escape
from pao_core import countries
from pao_core.access.people.names import MAX_EMAIL
from pao_core.access.verbs import VERBS
from pao_core.locale import N_, _, formats
from pao_core.locale.words import SITE_CONTACTS
from pao_core.report import Column
from pao_core.settings import audit, site, told
from pao_core.settings.site import LENGTHS, NONE_YET, REQUIRED, TYPES, Contact, Kept, Outdated

COLUMNS = (
    Column("name", N_("Name")), Column("types", N_("Contact types")), Column("email", N_("E-mail"), "email"), Column("telephone", N_("Telephone")),
    Column("place", N_("Address")), Column("country", N_("Country/region"), "country"), Column("changed", N_("Changed")),
)
UPDATES = tuple(column for column in audit.COLUMNS[audit.ACTS] if column.name in ("at", "actor", "act", "object", "change"))
UPDATES_SHOWN = 200
PANEL = "contact"
NEW = Contact("", "", "", ())
PAIRS = (("first_name", "last_name"), ("email", "telephone"), ("street", "city"), ("state", "postal_code"))


def add_button() -> None:
    """The way to a new contact."""
    if st.button(session.on_primary(f":material/person_add: {_('Add contact')}"), type="primary", key="contact_add"):
        view.pick(PANEL, 0)


def listed(number: str) -> None:
    """The contacts of a site; a click on one opens it for those who may change it."""
    viewer = session.scene().viewer
    found = site.contacts(viewer, number)
    _by_type(number, found)
    if found:
        chart.heading(_("All contacts"), escape(_("The primary contact is the site's primary user and is kept in Users")))
        may = viewer.may_act(VERBS["contact.changed"], number)
        row = table.table(COLUMNS, [_row(kept) for kept in found], key=f"contacts_{number}_{view.turn(PANEL)}", alt=_("All contacts"),
                          clickable=may, widths={"types": 260, "place": 260})
        if row is not None:
            view.pick(PANEL, row["id"])
    picked = view.picked(PANEL)
    if picked is not None:
        overtaken.begin(PANEL)
        kept = next((kept for kept in found if kept.id == picked), None)
        title = _("Change contact") if kept else _("New contact")
        st.dialog(title, width="medium", position="right", icon=":material/contact_mail:")(_opened)(number, kept)


def _by_type(number: str, found: list[Kept]) -> None:
    """A card for each type, and what is missing."""
    primary = site.primary(session.scene().viewer, number)
    people = {name: [(_name(kept.contact), kept.contact.email) for kept in found if name in kept.contact.types] for name in TYPES}
    people["primary"] = [primary] if primary else []
    grid = st.grid(3, min_column_width=260, gap="small")
    for name, text in SITE_CONTACTS.items():
        with grid.container(border=True, gap="xxsmall", height="stretch"):
            st.markdown(f"**{escape(_(text))}**")
            for person, email in people[name]:
                st.markdown(f"{escape(person)} · :gray[{escape(email)}]")
            if not people[name]:
                st.markdown(f":orange[:material/error: {escape(_(NONE_YET[name]))}]")


def _name(contact: Contact) -> str:
    return f"{contact.first_name} {contact.last_name}"


def _row(kept: Kept) -> dict[str, Any]:
    of, timezone = kept.contact, session.store().settings.timezone
    return {
        "id": kept.id, "name": _name(of), "types": ", ".join(_(SITE_CONTACTS[name]) for name in of.types), "email": of.email,
        "telephone": of.telephone or None, "place": ", ".join(part for part in (of.street, of.city, of.state, of.postal_code) if part) or None,
        "country": of.country or None, "changed": f"{formats.moment(kept.changed_at, timezone)} · {kept.changed_by}",
    }


def _opened(number: str, kept: Kept | None) -> None:
    """One contact to change, or a new one."""
    viewer = session.enter_dialog()
    key = f"c_{number}_{view.turn(PANEL)}"
    st.markdown(f"**{escape(_('Site {number}', number=number))}**")
    now: Kept | None = overtaken.now(PANEL, kept)
    with st.form(f"{key}_form", border=False):
        given = _fields(kept.contact if kept else NEW, key)
        st.caption(escape(_("* must be filled in")))
        saved = st.form_submit_button(session.on_primary(_("Save")), type="primary")
    if saved:
        _try(lambda: site.change(viewer, number, now.id, now.version, given) if now else site.add(viewer, number, given), given)
    if now and viewer.may_act(VERBS["contact.removed"], number):
        with st.popover(_("Remove"), icon=":material/delete:", key=f"{key}_remove"):
            st.markdown(escape(_("The contact is taken off the list. What it was stays in the contact updates.")))
            if st.button(_("Remove this contact"), key=f"{key}_removed"):
                _try(lambda: site.remove(viewer, number, now.id, now.version), given)


def _fields(contact: Contact, key: str) -> Contact:
    """The fields, two abreast, those that must be filled in with an asterisk."""
    given: dict[str, Any] = {}
    for pair in PAIRS:
        for place, name in zip(st.columns(2), pair, strict=True):
            given[name] = place.text_input(_label(name), getattr(contact, name), max_chars=LENGTHS.get(name, MAX_EMAIL), key=f"{key}_{name}")
    codes = sorted(countries.codes(), key=formats.country)
    given["country"] = st.selectbox(_label("country"), codes, codes.index(contact.country) if contact.country in codes else None,
                                    format_func=formats.country, placeholder="–", key=f"{key}_country") or ""
    chosen = st.pills(_label("types"), TYPES, selection_mode="multi", default=list(contact.types), format_func=lambda name: _(SITE_CONTACTS[name]),
                      key=f"{key}_types")
    return Contact(**given, types=tuple(chosen))


def _label(name: str) -> str:
    text = _(told.FIELDS[name])
    return f"{text} *" if name in REQUIRED else text


def _try(act: Callable[[], object], given: Contact) -> None:
    overtaken.attempt(PANEL, act, _("The contacts are changed."), Outdated, lambda now: _both(given, now))


def _both(given: Contact, now: Kept) -> None:
    """What the reader wrote beside what the other one saved."""
    def said(contact: Contact) -> dict[str, str]:
        types = ", ".join(_(SITE_CONTACTS[name]) for name in contact.types)
        return {name: str(value) for name, value in asdict(contact).items()} | {"types": types}

    mine = said(given)
    overtaken.side_by_side({name: told.FIELDS[name] for name in mine}, mine, said(now.contact), now.changed_by)


def updates(number: str) -> None:
    """What was changed about the contacts, the newest first; a click shows all of it."""
    found = audit.contact_updates(session.scene().viewer, number, limit=UPDATES_SHOWN)
    if not found:
        states.empty(_("No contact updates yet"), _("Each contact that is added, changed or removed appears here."), "history")
        return
    rows = [told.row(entry, audit_list.moment(entry)) | {"entry": entry} for entry in found]
    clicked = table.table(UPDATES, rows, key=f"updates_{number}_{view.turn('entry')}", alt=_("Contact updates"), clickable=True,
                          widths=audit_list.WIDTHS)
    if clicked is not None:
        view.pick("entry", clicked["entry"])
    if picked := view.picked("entry"):
        audit_list.opened(picked)
