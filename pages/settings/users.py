"""Settings > Users: the people of my site; click one to see and change what it may do."""

import streamlit as st

from pages.parts import frame, session, states
from pages.parts.access import acted, handover, people, person
from pages.parts.text import escape
from pao_core.access.people import requests
from pao_core.access.people import users as acts
from pao_core.access.rights import ACCESS_UPDATE, ACCESS_VIEW, OPERATOR
from pao_core.locale import _
from pao_core.settings import users

scene = session.enter(ACCESS_VIEW, OPERATOR)
viewer, about = scene.viewer, ""

with states.told():
    acted.said()
    handover.offers(viewer)
    people.requests_waiting(requests.count_waiting(viewer))
    everybody = acts.people(viewer)
    about = users.about(everybody)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        opened = people.listed(viewer, everybody)
        st.caption(_("A site always has one primary contact, who hands the role over to leave."))
    with right, states.told():
        if opened:
            person.card(viewer, opened)
        else:
            people.hint()
with frame.header(_(users.TITLE), escape(about)):
    if (viewer.operator or viewer.may(ACCESS_UPDATE)) and st.button(
            session.on_primary(f":material/person_add: {_('Add user')}"), type="primary", key="add_user"):
        people.add()
