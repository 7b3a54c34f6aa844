"""Welcome > Request access: what the form offers, and asking by it. It tells nobody what there is."""

from __future__ import annotations

from datetime import datetime

from pao_core.access import Viewer
from pao_core.access.people import requests
from pao_core.locale import N_, _, language
from pao_core.store.engine import Store

TITLE = N_("Request access")
FORMS: dict[str, str] = {
    "self_nomination": N_("You ask for yourself: the primary contact of your site decides."),
    "authorization": N_("Somebody of your company with the power to do so has authorized you."),
}
WHERE = N_("The number of your reseller site: it stands on your agreements and on transaction documents such as invoices and proofs of "
           "entitlement. Leading zeros may be left out.")
CLAIM = N_("I believe I am the primary contact of this site")


def forms() -> dict[str, str]:
    """The forms, by name -> what they are called."""
    return {form: _(text) for form, text in requests.FORMS.items()}


def ask(store: Store, viewer: Viewer | None, email: str, name: str, site: str, form: str, claims_primary: bool, address: str | None,
        now: datetime) -> str:
    """Ask for access, as a stranger or (with `viewer`) for a further site; gives what to say then. Raises Refused as `requests.ask`."""
    requests.ask(store, email, name, site, form, claims_primary, (viewer.language if viewer else None) or language(), address, now,
                 viewer.user_id if viewer else None)
    return _(requests.ANSWER)
