"""Settings > Access requests: who asks to come in, granted or denied by a person; what was decided; letters that wait."""

from pages.parts import chart, frame, session, states
from pages.parts.access import acted, asked, outbox
from pages.parts.text import escape
from pao_core.access.rights import ACCESS_VIEW, OPERATOR
from pao_core.locale import _
from pao_core.settings import access_requests

scene = session.enter(ACCESS_VIEW, OPERATOR)

with states.told():
    acted.said()
    asked.waiting(scene.viewer)
with states.told():
    outbox.waiting(scene.viewer)
with states.told():
    chart.heading(_("Decided"), escape(_("The newest first")))
    asked.history(scene.viewer)
frame.header(_(access_requests.TITLE), escape(_("Nobody comes in before a person has decided")))
