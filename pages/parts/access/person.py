"""One person at a site: role and privileges, and every act on it that the viewer may do."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts import session
from pages.parts.access import acted, privileges
from pages.parts.text import escape, quiet
from pao_core.access import Viewer
from pao_core.access.entry import second_factor
from pao_core.access.people import handover, standing
from pao_core.access.people import users as acts
from pao_core.access.people.users import INVITED, SUSPENDED, Person
from pao_core.access.rights import OPERATOR, ROLES
from pao_core.config import Settings
from pao_core.locale import _, formats
from pao_core.locale.words import USER_STATUSES
from pao_core.settings import users

COLOURS = {"active": "green", INVITED: "blue", SUSPENDED: "gray"}


def card(viewer: Viewer, person: Person) -> None:
    """The person, with what may be changed as controls and the rest to read."""
    with st.container(border=True, key="person"):
        _head(viewer, person)
        key = f"person_{person.email}_{person.site}_{person.version}"
        if person.role in ("secondary", "user") and users.may_change(viewer, person):
            _edit(viewer, person, key)
        elif person.role == "primary":
            st.caption(_("The primary contact has every privilege. The site always has one: to leave, hand the role over first."))
        elif person.role == OPERATOR:
            st.caption(_("The operator runs the installation, decides who is a primary contact, and sees no reseller's data."))
        elif person.site is not None:
            privileges.shown(person.privileges)
        _acts(viewer, person)


def _head(viewer: Viewer, person: Person) -> None:
    st.subheader(escape(person.name), anchor=False)
    since = _("since {day}", day=formats.day(person.since.date()))
    st.markdown(quiet(" · ".join(escape(text) for text in (users.role(person), person.email, since))))
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(_(USER_STATUSES[person.status]), color=COLOURS[person.status])
        if person.second_factor:
            st.badge(_("Second factor"), icon=":material/verified_user:", color="green")
        if person.offered_until is not None:
            until = formats.moment(person.offered_until, viewer.store.settings.timezone)
            st.badge(_("Primary role offered until {moment}", moment=until), icon=":material/swap_horiz:", color="orange")


def _edit(viewer: Viewer, person: Person, key: str) -> None:
    may_give = standing.roles_to_give(viewer, person.site)
    roles = {role: _(ROLES[role]) for role in sorted({str(person.role), *may_give}, key=lambda role: role != person.role)}
    choice = privileges.editor(viewer, person.site, roles, person.privileges, key=key)
    if st.button(session.on_primary(f":material/check: {_('Save')}"), type="primary", key=f"{choice.key}_save"):
        acted.do(lambda: acts.change(viewer, person.email, person.site or "", person.version, choice.role, choice.levels),
                 _("Saved what {name} may do.", name=person.name))


def _acts(viewer: Viewer, person: Person) -> None:
    """The acts beside the privileges, those that end something behind a question."""
    site, name, key = person.site, person.name, f"{person.email}_{person.site}"
    touched, operator = users.may_change(viewer, person), viewer.operator and person.email != viewer.email
    with st.container(horizontal=True, gap="xsmall"):
        if person.status == INVITED and person.role is not None and (touched or operator):
            _button(_("Send the link again"), "forward_to_inbox", f"again_{key}", lambda: acts.invite_again(viewer, person.email, site),
                    _("Wrote to {name} with a new link.", name=name), letter=True)
        if person.status == "active" and (touched or operator):
            _button(_("End sessions"), "logout", f"out_{key}", lambda: acts.sign_out(viewer, person.email, None if operator else site),
                    _("Ended the sessions of {name}.", name=name))
        if touched and site is not None and person.status == SUSPENDED and not person.everywhere:
            _button(_("Let in again"), "lock_open", f"restore_{key}", lambda: acts.restore(viewer, person.email, site),
                    _("{name} may come in again.", name=name))
        elif touched and site is not None and not person.everywhere:
            _asked(_("Suspend"), "block", f"suspend_{key}", _("{name} is kept out of this site at once, until let in again.", name=name),
                   lambda: acts.suspend(viewer, person.email, site), _("{name} is suspended.", name=name))
        if touched and site is not None:
            _asked(_("Remove"), "person_remove", f"remove_{key}", _("{name} loses the place at this site at once.", name=name),
                   lambda: acts.remove(viewer, person.email, site), _("Removed {name} from the site.", name=name))
        _primary_role(viewer, person, key)
        if operator:
            _everywhere(viewer, person, key)


def _primary_role(viewer: Viewer, person: Person, key: str) -> None:
    """Handing the primary role over, or appointing."""
    site, name, open_ = person.site, person.name, person.status == "active"
    if site is None or person.role not in ("secondary", "user"):
        return
    if person.offered_until is not None and standing.rank(viewer, site) == "primary":
        _button(_("Take the offer back"), "undo", f"withdraw_{key}", lambda: handover.withdraw(viewer, site), _("The offer is taken back."))
    elif open_ and standing.rank(viewer, site) == "primary":
        _asked(_("Hand over the primary role"), "swap_horiz", f"offer_{key}",
               _("{name} is asked to become the primary contact. When the offer is accepted, you become a secondary contact.", name=name),
               lambda: handover.offer(viewer, person.email, site), _("Offered the primary role to {name}.", name=name), letter=True)
    if person.status != SUSPENDED and viewer.operator and person.email != viewer.email:
        _asked(_("Appoint as primary contact"), "swap_horiz", f"appoint_{key}",
               _("{name} becomes the primary contact at once; the one until now becomes a secondary contact.", name=name),
               lambda: handover.appoint(viewer, person.email, site), _("{name} is the primary contact now.", name=name), letter=True)


def _everywhere(viewer: Viewer, person: Person, key: str) -> None:
    """Shutting a whole account out, or letting it in; the way back for who has lost the second factor."""
    if person.second_factor:
        _asked(_("Turn the second factor off"), "no_encryption", f"factor_{key}",
               _("{name} signs in with the password alone until the second factor is set up anew. Make sure who asks for this.", name=person.name),
               lambda: second_factor.reset(viewer, person.email, Settings.now()), _("Turned the second factor of {name} off.", name=person.name),
               letter=True)
    if person.everywhere:
        _button(_("Let in everywhere"), "lock_open", f"free_{key}", lambda: acts.restore(viewer, person.email, None),
                _("{name} may come in again.", name=person.name))
    elif person.role != "primary":
        _asked(_("Suspend everywhere"), "block", f"shut_{key}", _("{name} is kept out of every site at once, until let in again.", name=person.name),
               lambda: acts.suspend(viewer, person.email, None), _("{name} is suspended everywhere.", name=person.name))


def _button(label: str, icon: str, key: str, act: Callable[[], None], done: str, *, letter: bool = False) -> None:
    if st.button(label, icon=f":material/{icon}:", key=f"act_{key}"):
        acted.do(act, done, letter=letter)


def _asked(label: str, icon: str, key: str, question: str, act: Callable[[], None], done: str, *, letter: bool = False) -> None:
    """A button that asks before it acts."""
    with st.popover(label, icon=f":material/{icon}:", key=f"ask_{key}"):
        st.markdown(escape(question))
        if st.button(session.on_primary(label), type="primary", key=f"act_{key}"):
            acted.do(act, done, letter=letter)
