"""Settings > Site: whom the vendor and the distributor reach at the reseller's own site, and how much may be ordered without the primary contact.

The primary contact is not kept here: it is the site's primary user, and changes with that role.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from pao_core import countries
from pao_core.access import Viewer
from pao_core.access.people.names import MAX_NAME, checked_email, misleading
from pao_core.access.rights import CONTACTS_VIEW, AccessDenied
from pao_core.access.turn import take_turn
from pao_core.importing.checking import CURRENCIES
from pao_core.locale import N_, Refused, _, formats
from pao_core.locale.words import SITE_CONTACTS
from pao_core.money import decimals, from_minor, to_minor
from pao_core.settings.told import FIELDS
from pao_core.store.schema import approval_limits, memberships, resellers, site_contacts, users

TITLE = N_("Site")
RIGHT = CONTACTS_VIEW
# What a person may be asked for; the primary contact is another thing.
TYPES = tuple(name for name in SITE_CONTACTS if name != "primary")
NONE_YET = {
    "primary": N_("No primary contact yet"), "technical": N_("No site technical contact yet"),
    "administrative": N_("No administrative contact yet"), "renewal": N_("No S&S renewal contact yet"),
    "media": N_("No S&S media shipping contact yet"), "billing": N_("No billing contact yet"),
}
# The longest that each text may be, in characters.
LENGTHS = {"first_name": MAX_NAME, "last_name": MAX_NAME, "telephone": 40, "street": 200, "city": 100, "state": 100, "postal_code": 20}
REQUIRED = ("first_name", "last_name", "email", "types")
LIMITED = ("secondary", "user")  # roles that a limit is for
MOST_AMOUNT = 10**15  # in minor units


@dataclass(frozen=True)
class Contact:
    """Somebody to reach at the site; "" is not given. `types` are those of TYPES, `country` a code."""

    first_name: str
    last_name: str
    email: str
    types: tuple[str, ...]
    telephone: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True)
class Kept:
    """A contact as it is kept: `version` counts its changes."""

    id: int
    version: int
    contact: Contact
    changed_at: datetime
    changed_by: str


class Outdated(Refused):
    """Somebody else changed the contact meanwhile; `now` is what it is now."""

    def __init__(self, now: Kept) -> None:
        super().__init__(N_("{who} changed this contact meanwhile. Look at both, then save again or keep the other."), who=now.changed_by)
        self.now = now


class OutdatedLimits(Refused):
    """Somebody else changed the limits of this currency meanwhile."""

    def __init__(self) -> None:
        super().__init__(N_("The limits of this currency were changed meanwhile: see what they are now, and set them again if you still want to."))


# -- reading ----------------------------------------------------------------------------------------------------------
def sites(viewer: Viewer) -> dict[str, str]:
    """The viewer's sites whose contacts it may view: name by number."""
    here = resellers.c.site_number.in_(viewer.sites(CONTACTS_VIEW))
    with viewer.store.reading() as connection:
        found = connection.execute(select(resellers.c.site_number, resellers.c.name).where(here).order_by(resellers.c.site_number))
        return {row.site_number: row.name for row in found}


def primary(viewer: Viewer, site: str) -> tuple[str, str] | None:
    """Name and e-mail of the site's primary contact, who is its primary user; None while it has none."""
    _require(viewer, site)
    of_site = select(users.c.name, users.c.email).join(memberships, memberships.c.user_id == users.c.id)
    with viewer.store.reading() as connection:
        row = connection.execute(of_site.where(memberships.c.reseller_site_number == site, memberships.c.role == "primary")).one_or_none()
    return None if row is None else (row.name, row.email)


def contacts(viewer: Viewer, site: str) -> list[Kept]:
    """The contacts of a site by last and first name. Raises AccessDenied where the viewer may not view them."""
    _require(viewer, site)
    with viewer.store.reading() as connection:
        found = [_kept(row) for row in connection.execute(select(site_contacts).where(site_contacts.c.reseller_site_number == site))]
    return sorted(found, key=lambda kept: (kept.contact.last_name.casefold(), kept.contact.first_name.casefold(), kept.id))


def limits(viewer: Viewer, site: str) -> dict[str, dict[str, Decimal | None]]:
    """Currency -> role -> the amount above which an order needs the primary contact, None for no limit. Only currencies with a limit."""
    _require(viewer, site)
    with viewer.store.reading() as connection:
        rows = connection.execute(select(approval_limits.c.currency).where(approval_limits.c.reseller_site_number == site).distinct())
        return {currency: _limits(connection, site, currency) for currency in sorted(rows.scalars())}


def _require(viewer: Viewer, site: str) -> None:
    if site not in viewer.sites(CONTACTS_VIEW):
        raise AccessDenied(CONTACTS_VIEW)


def _kept(row: Row[Any]) -> Kept:
    contact = Contact(row.first_name, row.last_name, row.email, tuple(row.types), **{
        name: getattr(row, name) or "" for name in ("telephone", "street", "city", "state", "postal_code", "country")
    })
    return Kept(row.id, row.version, contact, row.changed_at, row.changed_by)


# -- contacts ---------------------------------------------------------------------------------------------------------
def add(viewer: Viewer, site: str, contact: Contact) -> int:
    """Add a contact to the site; gives its id. Raises AccessDenied, Refused for what a contact cannot be or for one that is there already."""
    with viewer.acting("contact.added", _object(contact.email), site) as act:
        given = _checked(contact)
        take_turn(act.connection, f"contacts of {site}")
        same = (site_contacts.c[name] == getattr(given, name) for name in ("first_name", "last_name", "email"))
        if act.connection.scalar(select(site_contacts.c.id).where(site_contacts.c.reseller_site_number == site, *same)):
            raise Refused(N_("This person is a contact of the site already. Change that contact: it can have several types."))
        new = insert(site_contacts).values(reseller_site_number=site, version=1, changed_at=act.at, changed_by=viewer.email, **_stored(given))
        made = int(act.connection.execute(new.returning(site_contacts.c.id)).scalar_one())
        act.audit(after=_stored(given))
        return made


def change(viewer: Viewer, site: str, contact_id: int, version: int, contact: Contact) -> None:
    """Replace a contact of the site that is still at `version`. Raises Outdated when it is not, AccessDenied and Refused as `add`."""
    with viewer.acting("contact.changed", f"contact {contact_id}", site) as act:
        given = _checked(contact)
        before = _locked(act.connection, site, contact_id, version)
        act.connection.execute(
            update(site_contacts).where(site_contacts.c.id == contact_id)
            .values(version=version + 1, changed_at=act.at, changed_by=viewer.email, **_stored(given))
        )
        act.audit(object_=given.email, before=_stored(before), after=_stored(given))


def remove(viewer: Viewer, site: str, contact_id: int, version: int) -> None:
    """Remove a contact of the site that is still at `version`. Raises Outdated when it is not, AccessDenied and Refused as `add`."""
    with viewer.acting("contact.removed", f"contact {contact_id}", site) as act:
        before = _locked(act.connection, site, contact_id, version)
        act.connection.execute(delete(site_contacts).where(site_contacts.c.id == contact_id))
        act.audit(object_=before.email, before=_stored(before))


def _locked(connection: Connection, site: str, contact_id: int, version: int) -> Contact:
    """The contact that is to be changed, held until the transaction ends."""
    mine = site_contacts.c.id == contact_id, site_contacts.c.reseller_site_number == site
    row = connection.execute(select(site_contacts).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise Refused(N_("This contact is not, or no longer, at your site. Look at the list again."))
    kept = _kept(row)
    if kept.version != version:
        raise Outdated(kept)
    return kept.contact


def _stored(contact: Contact) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value or None for name, value in asdict(contact).items()}


def _object(text: str) -> str:
    """What a refused attempt is said to be about: as typed, but no longer than an e-mail."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:MAX_NAME]


def _checked(contact: Contact) -> Contact:
    """The contact as it is kept, or Refused with what to mend."""
    texts = {name: _text(name, getattr(contact, name)) for name in LENGTHS}
    if "primary" in contact.types:
        raise Refused(N_("The primary contact is the site's primary user: it changes by handing over that role, in Users."))
    if not contact.types or not set(contact.types) <= set(TYPES):
        raise Refused(N_("Choose what the contact is for: at least one type."))
    country = countries.code(contact.country) if contact.country else ""
    if country is None:
        raise Refused(N_("{country} is not a country. Choose one from the list."), country=contact.country[:MAX_NAME])
    types = tuple(name for name in TYPES if name in contact.types)
    return Contact(**texts, email=checked_email(contact.email), types=types, country=country)


def _text(name: str, value: str) -> str:
    """One line of text: NFC, without space around it."""
    value, most = unicodedata.normalize("NFC", value).strip(), LENGTHS[name]
    if len(value) > most:
        raise Refused(N_("This is too long, it holds at most {most} characters: {field}."), field=_(FIELDS[name]), most=most)
    if misleading(value):
        raise Refused(N_("This holds characters that cannot be shown, write it again on one line: {field}."), field=_(FIELDS[name]))
    if not value and name in REQUIRED:
        raise Refused(N_("This must be filled in: {field}."), field=_(FIELDS[name]))
    return value


# -- limits -----------------------------------------------------------------------------------------------------------
def set_limits(viewer: Viewer, site: str, currency: str, wanted: Mapping[str, Decimal | None], seen: Mapping[str, Decimal | None]) -> None:
    """Set what each role of LIMITED may order in a currency without the primary contact; None is no limit.

    `seen` is what the limits were when the primary contact looked. Raises OutdatedLimits when they are others now, AccessDenied for
    anybody else, and Refused for an unknown currency or an amount that the currency cannot have.
    """
    with viewer.acting("limits.changed", _object(currency), site) as act:
        if currency not in CURRENCIES:
            raise Refused(N_("{currency} is not a currency. Give its ISO 4217 code, such as BRL."), currency=currency[:MAX_NAME])
        minor = {role: _minor(wanted.get(role), currency) for role in LIMITED}
        take_turn(act.connection, f"limits of {site}")
        before = _limits(act.connection, site, currency)
        if before != {role: seen.get(role) for role in LIMITED}:
            raise OutdatedLimits
        act.connection.execute(delete(approval_limits).where(*_of(site, currency)))
        for role in LIMITED:
            if minor[role] is not None:
                new = insert(approval_limits).values(reseller_site_number=site, currency=currency, role=role, amount=minor[role])
                act.connection.execute(new)
        after = _limits(act.connection, site, currency)
        act.audit(before=_plain(before), after=_plain(after))


def amount(text: str, currency: str) -> Decimal | None:
    """What a person wrote as an amount in the reader's language; None for nothing. Raises Refused for what is none."""
    signs = formats.separators()
    point, group = signs[0], signs[1]
    written = text.strip().replace("\u00a0", " ")
    if not written:
        return None
    whole = rf"(?:[0-9]{{1,15}}|[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}}){{1,4}})"
    if not re.fullmatch(rf"{whole}(?:{re.escape(point)}[0-9]{{1,{max(decimals(currency), 1)}}})?", written):
        raise Refused(N_("{amount} is not an amount. Write it as {example}, or leave it empty for no limit."), amount=written[:MAX_NAME],
                      example=formats.number(Decimal(12345), decimals(currency)))
    return Decimal(written.replace(group, "").replace(point, "."))


def _limits(connection: Connection, site: str, currency: str) -> dict[str, Decimal | None]:
    rows = connection.execute(select(approval_limits).where(*_of(site, currency)))
    kept = {row.role: from_minor(row.amount, currency) for row in rows}
    return {role: kept.get(role) for role in LIMITED}


def _of(site: str, currency: str) -> tuple[ColumnElement[bool], ...]:
    return approval_limits.c.reseller_site_number == site, approval_limits.c.currency == currency


def _minor(value: Decimal | None, currency: str) -> int | None:
    if value is None:
        return None
    minor = to_minor(value, currency) if value.is_finite() and 0 <= value <= MOST_AMOUNT else -1
    if not 0 <= minor <= MOST_AMOUNT or from_minor(minor, currency) != value:
        raise Refused(N_("{amount} is not an amount in {currency}. Give one of zero or more with at most {decimals} decimals."),
                      amount=str(value)[:MAX_NAME], currency=currency, decimals=decimals(currency))
    return minor


def _plain(limits_: Mapping[str, Decimal | None]) -> dict[str, str | None]:
    return {role: None if value is None else f"{value:f}" for role, value in limits_.items()}
