"""Settings > My account: who one is, how one signs in and where one is signed in, and what one may do at which site."""

from pages.parts import frame, session, states, view
from pages.parts.access import acted, handover, profile, security
from pages.parts.text import escape
from pao_core.access.rights import SIGNED_IN
from pao_core.locale import N_, _
from pao_core.settings import my_account

TABS = {"profile": N_("Profile"), "sign-in": N_("Sign-in"), "sites": N_("Sites and privileges")}
scene = session.enter(SIGNED_IN)
frame.header(_(my_account.TITLE), escape(scene.viewer.name))
acted.said()
handover.offers(scene.viewer)
tab, place = view.tabs("tab", {name: _(text) for name, text in TABS.items()}, of="my_account")
with place, states.told():
    if tab == "profile":
        profile.about_me()
    elif tab == "sign-in":
        for part in (security.password, security.factor, security.sessions, security.calendars):
            with states.told():
                part()
    else:
        profile.places()
