"""Reports > Saved views: the reader's own and those shared at its sites; a click opens one to show, change, share or remove it."""

from pages.parts import frame, saved_view, session, states
from pages.parts.text import escape
from pao_core.locale import _
from pao_core.reports import saved_views

scene = session.enter(saved_views.RIGHT)

with states.told():
    saved_view.listed(scene.viewer)
frame.header(_(saved_views.TITLE), escape(_("Filters and ways of looking under a name: everybody sees the own rows through them")))
