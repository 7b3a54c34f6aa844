"""The Reset page's verbs: a one-time link sets a new password. Asking for one is `new_password.ask`. Nobody learns which accounts there are."""

from __future__ import annotations

from datetime import datetime

from pao_core.access.entry import links, new_password
from pao_core.locale import N_
from pao_core.store.engine import Store

TITLE = N_("New password")


def refusal(store: Store, token: object, now: datetime) -> str | None:
    """Why the link sets no password (a marked sentence that says what to do); None when it does."""
    return links.REFUSALS.get(links.state(store, token, links.RESET, now))


def set_password(store: Store, token: object, password: object, repeated: object, now: datetime) -> None:
    """Set the password by the link; every session of the user ends.

    Raises Refused for two passwords that differ, for one that may not be one, and for a link used, late or unknown.
    """
    new_password.by_link(store, token, links.RESET, password, repeated, now)
