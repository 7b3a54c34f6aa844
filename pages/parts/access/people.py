"""The people of a site: the list with its search, and the form to add somebody."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.parts import session, states, table, view
from pages.parts.access import acted, privileges
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.people import users as acts
from pao_core.access.people.names import MAX_EMAIL, MAX_NAME
from pao_core.access.people.places import MAX_SITE
from pao_core.access.people.users import Person
from pao_core.access.rights import ACCESS_UPDATE, OPERATOR, PRESETS
from pao_core.locale import _, ngettext
from pao_core.settings import users

WIDTHS = {"name": 130, "email": 195, "role": 165, "last_sign_in": 140, "second_factor": 95}


def listed(viewer: Viewer, people: Sequence[Person]) -> Person | None:
    """The list; gives the person whose panel is open."""
    sites = users.sites_of(people)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        text = view.search("people_search", _("Name or e-mail"))
        site = None
        if len(sites) > 1:
            options = {"": _("Every site")} | {number: users.named(number, name) for number, name in sites.items()}
            site = view.choice("site", options, label=_("Site"), as_list=True) or None
    found = users.found(people, text, site)
    if not found:
        states.empty(_("Nobody matches"), _("Try a part of the name or of the e-mail."), "person_search")
        return None
    columns = [column for column in users.COLUMNS if column.name != "site" or len(sites) > 1]
    timezone = viewer.store.settings.timezone
    # Another list is another table: a selection that stayed would point at whoever has moved into its row.
    key = f"people_{hash(tuple((person.email, person.site) for person in found))}"
    clicked = table.table(columns, [users.row(person, timezone) | {"person": person} for person in found], key=key, alt=_("Users"), clickable=True,
                          widths=WIDTHS)
    if clicked is not None:
        st.session_state["_person"] = clicked["email"], clicked["site"]
    return next((person for person in people if (person.email, person.site) == st.session_state.get("_person")), None)


def hint() -> None:
    """What stands where the panel of a person would."""
    with st.container(border=True):
        st.markdown(f":gray[:material/touch_app: {escape(_('Click a person to see what it may do.'))}]")


def requests_waiting(count: int) -> None:
    """That requests wait, and the way to them; nothing without one."""
    if count:
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            told = ngettext("{count} access request waits for a decision", "{count} access requests wait for a decision", count)
            st.markdown(f":orange[:material/person_add:] {escape(told)}", width="content")
            st.page_link("pages/settings/access_requests.py", label=_("Review"), icon=":material/arrow_forward:", icon_position="right")


def add() -> None:
    """Add somebody without a request; a letter says so."""
    st.dialog(_("Add a user"), width="medium", icon=":material/person_add:")(_add)()


def _add() -> None:
    adding(session.enter_dialog())


def adding(viewer: Viewer) -> None:
    """Who it is, at which site, in which role and with which privileges."""
    email = st.text_input(_("E-mail *"), max_chars=MAX_EMAIL, key="add_email")
    name = st.text_input(_("Name *"), max_chars=MAX_NAME, key="add_name")
    sites = viewer.sites(ACCESS_UPDATE)
    if viewer.operator:
        site = st.text_input(_("Site number *"), max_chars=MAX_SITE, key="add_site", help=_("Only an operator has no site: leave it empty then."))
    else:
        site = st.selectbox(_("Site *"), sites, key="add_site") if len(sites) > 1 else sites[0]
    choice = privileges.editor(viewer, site or None, users.roles_to_add(viewer, site), PRESETS["user"], key="add")
    if st.button(session.on_primary(f":material/send: {_('Add and write the letter')}"), type="primary", key=f"{choice.key}_send"):
        at = None if choice.role == OPERATOR else site
        acted.do(lambda: acts.invite(viewer, email, name, at, choice.role, choice.levels), _("Added {name}.", name=name), letter=True)
