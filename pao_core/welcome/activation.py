"""The Activation page: a one-time link sets the first password (`entry/new_password.py`). Nobody learns which accounts there are."""

from pao_core.access.entry import links
from pao_core.locale import N_

TITLE = N_("Activation")
PURPOSE = links.ACTIVATION
