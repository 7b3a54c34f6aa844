"""The offer of the primary role, for the person to whom it is made."""

from __future__ import annotations

import streamlit as st

from pages.parts import session
from pages.parts.access import acted
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.people import handover
from pao_core.locale import _, formats
from pao_core.settings import users


def offers(viewer: Viewer) -> None:
    """Each offer that waits for the viewer's answer, with Accept and Decline; nothing without one."""
    for offer in handover.offers(viewer):
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"offer_{offer.site}"):
            with st.container(gap=None):
                st.markdown(":orange[:material/swap_horiz:] " + escape(_(
                    "{name} offers you the primary role of {site}.", name=offer.by_name, site=users.named(offer.site, offer.site_name))))
                until = formats.moment(offer.until, viewer.store.settings.timezone)
                st.caption(escape(_("You would manage everybody's access there, and {name} would become a secondary contact. Open until {moment}.",
                                    name=offer.by_name, moment=until)))
            with st.container(horizontal=True, gap="xsmall", width="content"):
                if st.button(session.on_primary(f":material/check: {_('Accept')}"), type="primary", key=f"accept_{offer.site}"):
                    acted.do(lambda site=offer.site: handover.accept(viewer, site), _("You are the primary contact now."), letter=True)
                if st.button(_("Decline"), icon=":material/close:", key=f"decline_{offer.site}"):
                    acted.do(lambda site=offer.site: handover.decline(viewer, site), _("You have declined the offer."))
