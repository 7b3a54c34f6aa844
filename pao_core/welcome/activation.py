"""The Activation page's verb: a one-time link sets the password. It tells nothing about accounts to who has no link."""

from __future__ import annotations

from datetime import datetime

from pao_core.access import links
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store


def refusal(store: Store, token: object, now: datetime) -> str | None:
    """Why the link sets no password (a marked sentence that says what to do); None when it does."""
    return links.REFUSALS.get(links.state(store, token, links.ACTIVATION, now))


def set_password(store: Store, token: object, password: object, repeated: object, now: datetime) -> None:
    """Set the password by the link and activate the account; then the person signs in.

    Raises Refused for two passwords that differ, for one that may not be one, and for a link used, late or unknown.
    """
    if password != repeated:
        raise Refused(N_("The two passwords differ. Type the same one twice."))
    links.redeem(store, token, links.ACTIVATION, password, now)
