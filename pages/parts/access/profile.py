"""The parts of My account about who one is and where one belongs: name, language, letters; sites and privileges."""

from __future__ import annotations

import streamlit as st

from pages.parts import chart, session, states, table
from pages.parts.access import account, acted
from pages.parts.text import escape, quiet
from pao_core.access.people.names import MAX_NAME
from pao_core.access.rights import ACCESS_VIEW, LEVEL_TEXTS, ROLES, TOOL_TEXTS
from pao_core.locale import N_, _
from pao_core.report import Column
from pao_core.settings import my_account

WIDTH = 720  # pixels
ASK = "pages/welcome/request_access.py"
COLUMNS = (Column("site_number", N_("Site number")), Column("name", N_("Name")), Column("role", N_("Role")),
           *(Column(tool, text) for tool, text in TOOL_TEXTS.items()))


def about_me() -> None:
    """Name and language, and the letters that one wants."""
    viewer = session.scene().viewer
    with st.container(border=True, width=WIDTH):
        with st.form("my_name", border=False):
            name = st.text_input(_("Name"), viewer.name, max_chars=MAX_NAME)
            st.markdown(quiet(escape(_("You sign in as {email}.", email=viewer.email))))
            if st.form_submit_button(_("Save the name"), icon=":material/save:"):
                acted.do(lambda: my_account.rename(viewer, name or ""), _("Your name is saved."))
        account.language_choice("page")
        if viewer.may(ACCESS_VIEW) or viewer.operator:
            wanted = account.follow("my_letters", my_account.hears_of_requests(viewer))
            st.toggle(_("A letter for each request for access that I may decide"), key=wanted, on_change=account.attempt,
                      args=(lambda now: my_account.hear_of_requests(now, st.session_state[wanted]),))


def places() -> None:
    """The sites that one belongs to, what one may do there, and the way to a further one."""
    viewer = session.scene().viewer
    found = my_account.places(viewer)
    if len(found) > 1:
        account.site_choice(viewer, "page")
    if viewer.operator:
        st.caption(escape(_("You are the operator of this installation.")))
    if found:
        chart.heading(_("What I may do"), escape(_("Your site's primary contact changes it; from then on it holds at once")))
        rows = [{"site_number": place.site, "name": place.name, "role": _(ROLES[place.role])}
                | {tool: _(LEVEL_TEXTS[level]) for tool, level in place.levels.items()} for place in found]
        table.table(COLUMNS, rows, key="my_places", alt=_("What I may do"))
    else:
        states.empty(_("No site yet"), _("You belong to no reseller site."), "domain")
    st.page_link(ASK, label=_("Ask for access to a further site"), icon=":material/add_business:")
