"""Activation: a one-time link sets the first password. Open to everyone, tells nothing to who has no link."""

from pages.parts import session, states
from pages.parts.access import new_password, welcome
from pao_core.locale import _
from pao_core.welcome import activation

store = session.enter_open()
with welcome.card(_(activation.TITLE)), states.told():
    new_password.by_link(store, activation.PURPOSE)
