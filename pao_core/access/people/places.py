"""The places of people at reseller sites, as rows: found, made, changed, closed. Whether that may be done is standing.py's matter.

Whoever changes a place holds the turn PEOPLE: so no two acts on people run at once, and each sees what the other did.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from pao_core.access.entry import calendar_tokens, links, second_factor
from pao_core.access.people.names import misleading
from pao_core.access.rights import PRESETS
from pao_core.locale import N_, Refused
from pao_core.store.schema import memberships, primary_offers, resellers, users
from pao_core.store.types import site_number

PEOPLE = "people"
MAX_SITE = 40
NOT_HERE = N_("There is no such person at this site.")
TAKEN = N_("There is already a user with the e-mail {email}.")
AT_HOME = N_("{email} is at this site already. Change the person under Users.")
UNKNOWN_SITE = N_("There is no reseller with the site number {site}. Import it first, or correct the number.")
SHUT_OUT = N_("{email} is suspended in this installation. Its operator can let the person in again.")
HAS_PRIMARY = N_("The site {site} has its primary contact already: {email}. Add this person as secondary or user.")


def checked_site(text: object) -> str:
    """A site number as it is stored; Refused for what can be none."""
    found = site_number(text) if isinstance(text, str) else ""
    if not found or len(found) > MAX_SITE or misleading(found):
        raise Refused(N_("Give a site number of 1 to {most} characters."), most=MAX_SITE)
    return found


def user(connection: Connection, email: str) -> Row[Any] | None:
    """The user of an e-mail's key."""
    return connection.execute(select(users).where(users.c.email == email)).one_or_none()


def place(connection: Connection, email: str, site: str) -> Row[Any]:
    """A person with its place at the site: the user's columns, and reseller_site_number, role, privileges, suspended_at and version.
    Refused when there is none, whether the person is unknown or elsewhere."""
    columns = (memberships.c.reseller_site_number, memberships.c.role, memberships.c.privileges, memberships.c.suspended_at, memberships.c.version)
    found = select(users, *columns).join(memberships, memberships.c.user_id == users.c.id)
    row = connection.execute(found.where(users.c.email == email, memberships.c.reseller_site_number == site)).one_or_none()
    if row is None:
        raise Refused(NOT_HERE)
    return row


def check_live(connection: Connection, email: str, site: str) -> None:
    """Refused for a person at the site who is suspended, there or everywhere."""
    there = place(connection, email, site)
    if there.suspended_at is not None or there.status == "suspended":
        raise Refused(N_("{email} is suspended. Let the person in again first."), email=email)


def primary(connection: Connection, site: str) -> Row[Any] | None:
    """The primary contact of the site, as `place` gives it."""
    there = memberships.c.reseller_site_number == site, memberships.c.role == "primary"
    email = connection.scalar(select(users.c.email).join(memberships, memberships.c.user_id == users.c.id).where(*there))
    return place(connection, email, site) if email else None


def enrol(connection: Connection, email: str, name: str, operator: bool, kept: str | None, at: datetime, language: str | None = None) -> int:
    """Make a user: active with the hash of a password, else invited. Gives the id."""
    new = insert(users).values(email=email, name=name, password_hash=kept, operator=operator, status="active" if kept else "invited",
                               language=language, created_at=at)
    return int(connection.execute(new.returning(users.c.id)).scalar_one())


def join(connection: Connection, user_id: int, site: str, role: str, privileges: Mapping[str, str]) -> None:
    """Make the user a member of the site. Refused for a site that is no reseller's, and for a second primary contact."""
    if connection.scalar(select(resellers.c.site_number).where(resellers.c.site_number == site)) is None:
        raise Refused(UNKNOWN_SITE, site=site)
    if role == "primary" and (there := primary(connection, site)) is not None:
        raise Refused(HAS_PRIMARY, site=site, email=there.email)
    connection.execute(insert(memberships).values(user_id=user_id, reseller_site_number=site, role=role, privileges=dict(privileges)))
    _rights_changed(connection, user_id)


def admit(connection: Connection, email: str, name: str, site: str, role: str, privileges: Mapping[str, str], at: datetime,
          language: str | None = None) -> Row[Any]:
    """Give the person of a checked e-mail and name a place at the site, with an account if there is none yet; gives the user. Refused
    for who is there already or is suspended everywhere."""
    found = user(connection, email)
    if found is None:
        enrol(connection, email, name, False, None, at, language)
        found = user(connection, email)
        assert found is not None, "it was just made"
    if found.status == "suspended":
        raise Refused(SHUT_OUT, email=email)
    if site in sites_of(connection, found.id):
        raise Refused(AT_HOME, email=email)
    join(connection, found.id, site, role, privileges)
    return found


def alter(connection: Connection, user_id: int, site: str, **values: Any) -> None:
    """Write `values` (of role, privileges, suspended_at) to the place; its version and the user's rights are others from then on."""
    here = memberships.c.user_id == user_id, memberships.c.reseller_site_number == site
    connection.execute(update(memberships).where(*here).values(version=memberships.c.version + 1, **values))
    _rights_changed(connection, user_id)


def set_status(connection: Connection, user_id: int, status: str) -> None:
    """Write the status of the whole account."""
    connection.execute(update(users).where(users.c.id == user_id).values(status=status))
    _rights_changed(connection, user_id)


def make_primary(connection: Connection, email: str, site: str) -> str | None:
    """Make a person at the site its primary contact; the one until now becomes a secondary. Gives the e-mail of that one."""
    old = primary(connection, site)
    if old is not None:
        alter(connection, old.id, site, role="secondary", privileges=PRESETS["secondary"])
    alter(connection, place(connection, email, site).id, site, role="primary", privileges=PRESETS["primary"])
    connection.execute(delete(primary_offers).where(primary_offers.c.reseller_site_number == site))
    return old.email if old else None


def leave(connection: Connection, user_id: int, site: str, at: datetime) -> None:
    """End the place; a user without another, who is no operator, can no longer sign in: password, second factor and links are gone."""
    connection.execute(delete(memberships).where(memberships.c.user_id == user_id, memberships.c.reseller_site_number == site))
    connection.execute(delete(primary_offers).where(primary_offers.c.to_user_id == user_id, primary_offers.c.reseller_site_number == site))
    _rights_changed(connection, user_id)
    elsewhere = connection.scalar(select(func.count()).select_from(memberships).where(memberships.c.user_id == user_id))
    if elsewhere or connection.scalar(select(users.c.operator).where(users.c.id == user_id)):
        return
    second_factor.forget(connection, user_id)
    calendar_tokens.end_all(connection, user_id)
    links.end_all(connection, user_id, at)
    connection.execute(update(users).where(users.c.id == user_id, users.c.status != "suspended").values(status="invited"))
    connection.execute(update(users).where(users.c.id == user_id).values(password_hash=None))


def sites_of(connection: Connection, user_id: int, *, live: bool = False) -> set[str]:
    """The sites at which the user has a place; `live` leaves out those where it is suspended."""
    found = select(memberships.c.reseller_site_number).where(memberships.c.user_id == user_id)
    return set(connection.scalars(found.where(memberships.c.suspended_at.is_(None)) if live else found))


def _rights_changed(connection: Connection, user_id: int) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(access_version=users.c.access_version + 1))
