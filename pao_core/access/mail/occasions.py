"""Why a letter goes out and to whom, looked up when it does: what has changed since it was put into the outbox counts, not what was then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from pao_core.access.entry.links import ACTIVATION, RESET
from pao_core.access.people.names import email_key
from pao_core.access.rights import ACCESS_UPDATE, granted
from pao_core.locale import DEFAULT_LANGUAGE
from pao_core.store.schema import access_requests, memberships, primary_offers, resellers, users

Person = Row[Any]
SWITCH = "access_requested"  # the key of users.notifications that switches letters about requests off


@dataclass(frozen=True)
class Letter:
    """A letter in the outbox. `recipient` None: whoever decides the request."""

    id: int
    name: str
    recipient: str | None
    reseller: str | None
    facts: Mapping[str, Any]
    created_at: datetime
    tries: int
    claimed_at: datetime | None

    @property
    def to_deciders(self) -> bool:
        """Whether it is yet to be addressed to each of those who decide."""
        return self.recipient is None and self.name == "access_requested"


@dataclass(frozen=True)
class Reader:
    """To whom a letter goes, in which language."""

    email: str
    name: str
    language: str
    user_id: int | None


@dataclass(frozen=True)
class Named:
    """Somebody whom a letter speaks of."""

    name: str
    email: str


@dataclass(frozen=True)
class Occasion:
    """What a letter tells, as of now. `purpose` is that of its one-time link; `until` is how long what it tells of is open otherwise."""

    reader: Reader
    facts: Mapping[str, Any] = field(default_factory=dict)
    purpose: str | None = None
    until: datetime | None = None


def occasion(connection: Connection, letter: Letter, now: datetime) -> Occasion | None:
    """The occasion of a letter that has its reader; None when the reason is gone: decided meanwhile, suspended, nobody there."""
    return _OCCASIONS[letter.name](connection, letter, now)


def deciders(connection: Connection, request: Row[Any]) -> list[str]:
    """The e-mails of those who are told of a request: whoever decides it and has not switched the letters off. The primary contact is
    told always; the operators, when all of them have switched them off. Nobody decides the own request."""
    if of_operators(connection, request):
        found = select(users).where(users.c.operator.is_(True), users.c.status != "suspended", users.c.email != request.email)
        operators = connection.execute(found.order_by(users.c.id)).all()
        return [person.email for person in operators if wants(person.notifications)] or [person.email for person in operators]
    here = select(users, memberships.c.role, memberships.c.privileges).join(memberships, memberships.c.user_id == users.c.id).where(
        memberships.c.reseller_site_number == request.reseller_site_number, memberships.c.suspended_at.is_(None), users.c.status != "suspended",
        users.c.email != request.email)
    return [person.email for person in connection.execute(here.order_by(users.c.id))
            if person.role == "primary" or (ACCESS_UPDATE in granted(person.privileges) and wants(person.notifications))]


def of_operators(connection: Connection, request: Row[Any]) -> bool:
    """Whether the operator decides the request: it claims the primary role, or nobody at the site could."""
    primary = select(memberships.c.user_id).where(
        memberships.c.reseller_site_number == request.reseller_site_number, memberships.c.role == "primary")
    return bool(request.claims_primary) or connection.scalar(primary) is None


def wants(notifications: Mapping[str, Any] | None) -> bool:
    """Whether a user with these notifications, as they are kept, is told of requests: unless they are switched off."""
    return (notifications or {}).get(SWITCH) is not False


# -- the occasion of each letter --------------------------------------------------------------------------------------
def _activation(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    person = _live(connection, users.c.id == letter.facts["user_id"])
    if person is None or person.status != "invited":
        return None
    return Occasion(_reader(connection, person), {"site": _site(connection, letter.facts.get("site")), "by": _by(connection, letter)}, ACTIVATION)


def _access_granted(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    site = letter.facts["site"]
    person = _live(connection, users.c.id == letter.facts["user_id"], site)
    if person is None:
        return None
    purpose = ACTIVATION if person.status == "invited" else None
    return Occasion(_reader(connection, person), {"site": _site(connection, site)}, purpose)


def _access_requested(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    request = _request(connection, letter, "waiting")
    if request is None or letter.recipient not in deciders(connection, request):
        return None
    person = _live(connection, users.c.email == letter.recipient)
    if person is None:
        return None
    facts = {"site": _site(connection, request.reseller_site_number), "who": Named(request.name, request.email),
             "form": request.form, "claims_primary": request.claims_primary}
    return Occasion(_reader(connection, person), facts)


def _access_denied(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    request = _request(connection, letter, "denied")
    if request is None:
        return None
    person = connection.execute(select(users).where(users.c.email == request.email)).one_or_none()
    language = (person.language if person else None) or request.language or DEFAULT_LANGUAGE
    reader = Reader(request.email, request.name, language, person.id if person else None)
    # The site as the requester named it: the answer to a stranger does not say which sites there are.
    return Occasion(reader, {"site": request.reseller_site_number, "reason": request.reason})


def _reset(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    person = _live(connection, users.c.email == email_key(letter.recipient))
    return Occasion(_reader(connection, person), purpose=RESET) if person and person.status == "active" else None


def _own_account(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    person = _live(connection, users.c.id == letter.facts["user_id"])
    return Occasion(_reader(connection, person), {"on": letter.facts.get("on"), "at": letter.created_at}) if person else None


def _primary_offered(connection: Connection, letter: Letter, now: datetime) -> Occasion | None:
    site = letter.facts["site"]
    person = _live(connection, users.c.email == letter.recipient, site)
    offered = select(primary_offers).where(primary_offers.c.reseller_site_number == site, primary_offers.c.expires_at > now)
    offer = connection.execute(offered).one_or_none()
    if person is None or offer is None or offer.to_user_id != person.id:
        return None
    facts = {"site": _site(connection, site), "by": _by(connection, letter)}
    return Occasion(_reader(connection, person), facts, until=offer.expires_at)


def _primary_changed(connection: Connection, letter: Letter, _now: datetime) -> Occasion | None:
    site = letter.facts["site"]
    person = _live(connection, users.c.email == letter.recipient)
    of_site = select(users).join(memberships, memberships.c.user_id == users.c.id).where(
        memberships.c.reseller_site_number == site, memberships.c.role == "primary")
    primary = connection.execute(of_site).one_or_none()
    if person is None or primary is None:
        return None
    facts = {"site": _site(connection, site), "by": _by(connection, letter), "primary": Named(primary.name, primary.email),
             "own": primary.id == person.id}
    return Occasion(_reader(connection, person), facts)


_OCCASIONS: dict[str, Callable[[Connection, Letter, datetime], Occasion | None]] = {
    "activation": _activation, "access_requested": _access_requested, "access_granted": _access_granted, "access_denied": _access_denied,
    "reset": _reset, "password_changed": _own_account, "second_factor_changed": _own_account, "primary_offered": _primary_offered,
    "primary_changed": _primary_changed,
}


# -- looking up -------------------------------------------------------------------------------------------------------
def _live(connection: Connection, who: ColumnElement[bool], site: str | None = None) -> Person | None:
    """The person, if it may come in: not suspended, and with a place (at `site`, when given) that is open, or an operator."""
    person = connection.execute(select(users).where(who)).one_or_none()
    if person is None or person.status == "suspended":
        return None
    place = select(memberships.c.user_id).where(memberships.c.user_id == person.id, memberships.c.suspended_at.is_(None))
    if site is not None:
        place = place.where(memberships.c.reseller_site_number == site)
    has_place = connection.scalar(place.limit(1)) is not None
    return person if has_place or (person.operator and site is None) else None


def _reader(connection: Connection, person: Person) -> Reader:
    """A user who has chosen no language yet is written to in the one in which access was asked for."""
    asked = select(access_requests.c.language).where(access_requests.c.email == person.email, access_requests.c.language.is_not(None))
    language = person.language or connection.scalar(asked.order_by(access_requests.c.id.desc()).limit(1)) or DEFAULT_LANGUAGE
    return Reader(person.email, person.name, language, person.id)


def _request(connection: Connection, letter: Letter, state: str) -> Row[Any] | None:
    asked = select(access_requests).where(access_requests.c.id == letter.facts["request_id"], access_requests.c.state == state)
    return connection.execute(asked).one_or_none()


def _site(connection: Connection, number: str | None) -> str | None:
    """The reseller site with its name, where there is one."""
    name = connection.scalar(select(resellers.c.name).where(resellers.c.site_number == number)) if number else None
    return f"{name} ({number})" if name else number


def _by(connection: Connection, letter: Letter) -> Named | None:
    """Who did it, if that is a user; the command line is nobody to a reader."""
    person = connection.execute(select(users).where(users.c.email == email_key(letter.facts.get("by")))).one_or_none()
    return Named(person.name, person.email) if person else None
