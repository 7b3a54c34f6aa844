"""The Reset page: a one-time link sets a new password (`entry/new_password.py`). Nobody learns which accounts there are."""

from pao_core.access.entry import links
from pao_core.locale import N_

TITLE = N_("New password")
PURPOSE = links.RESET
