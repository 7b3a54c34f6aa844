"""Users: adding one with the rights that its role starts with, and the list of all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from pao_core.access import links, passwords
from pao_core.access.people import checked_email, checked_name
from pao_core.access.rights import OPERATOR, PRESETS, ROLES
from pao_core.access.turn import take_turn
from pao_core.access.viewer import Viewer
from pao_core.access.writing import ScopedWriting
from pao_core.locale import N_, Refused
from pao_core.store.schema import memberships, resellers, users
from pao_core.store.types import site_number

STATUSES: dict[str, str] = {"invited": N_("Invited"), "active": N_("Active"), "suspended": N_("Suspended")}


def add(viewer: Viewer, email: str, name: str, reseller_site_number: str | None, role: str, password: str | None = None) -> str | None:
    """Add a user at a reseller site, or an operator (which needs none); audited.

    With a password the user is active; without one it is invited, and the token of its activation link is given (see
    `links.address`). Raises AccessDenied without the operator right; Refused for an e-mail that is taken, an unknown
    role or reseller, a second primary contact of a site, and a password that may not be one.
    """
    viewer.require(OPERATOR)
    key, name = checked_email(email), checked_name(name)
    site = _site_of(role, reseller_site_number)
    kept = None if password is None else passwords.hashed(passwords.check_new(password, key, name))
    try:
        with viewer.writing() as writing:
            writing.nothing_replicated()
            user_id = enrol(writing, key, name, site, role, kept)
            return links.issue(writing.connection, user_id, links.ACTIVATION, writing.at) if kept is None else None
    except IntegrityError as error:
        raise Refused(_TAKEN, email=key) from error


def enrol(writing: ScopedWriting, email: str, name: str, site: str | None, role: str, kept: str | None) -> int:
    """`add` inside a transaction that is open already, for checked values; `kept` is the hash of the password. Gives the id."""
    user_id = _insert(writing, email, name, role == OPERATOR, kept)
    if site is not None:
        _join(writing.connection, user_id, site, role)
    writing.audit("user.added", email, site, role=role, invited=kept is None)
    return user_id


def listed(viewer: Viewer) -> list[dict[str, Any]]:
    """Every user by e-mail: {email, name, sites, role, status}; the role is the strongest it has. For the operator."""
    viewer.require(OPERATOR)
    with viewer.store.reading() as connection:
        people = connection.execute(select(users).order_by(users.c.email)).all()
        at = connection.execute(select(memberships).order_by(memberships.c.reseller_site_number)).all()
    strength = list(ROLES)
    found: dict[int, list[Any]] = {}
    for membership in at:
        found.setdefault(membership.user_id, []).append(membership)
    rows = []
    for person in people:
        mine = found.get(person.id, [])
        strongest = min((m.role for m in mine), key=strength.index, default=None)
        rows.append({
            "email": person.email, "name": person.name, "sites": [m.reseller_site_number for m in mine],
            "role": OPERATOR if person.operator else strongest, "status": person.status,
        })
    return rows


_TAKEN = N_("There is already a user with the e-mail {email}.")


def _site_of(role: str, reseller_site_number: str | None) -> str | None:
    """The site that the role is for; a purely numeric one without leading zeros, as stored."""
    if role != OPERATOR and role not in ROLES:
        raise Refused(N_("{role} is not a role. Choose one of: {roles}."), role=role, roles=", ".join([*ROLES, OPERATOR]))
    if reseller_site_number is None:
        if role != OPERATOR:
            raise Refused(N_("Say which reseller the user belongs to: give its site number."))
        return None
    return site_number(reseller_site_number)


def _insert(writing: ScopedWriting, key: str, name: str, operator: bool, kept: str | None) -> int:
    if writing.connection.scalar(select(users.c.id).where(users.c.email == key)) is not None:
        raise Refused(_TAKEN, email=key)
    new = insert(users).values(
        email=key, name=name, password_hash=kept, operator=operator, status="active" if kept else "invited", created_at=writing.at,
    )
    return int(writing.connection.execute(new.returning(users.c.id)).scalar_one())


def _join(connection: Connection, user_id: int, site: str, role: str) -> None:
    """Make the user a member of the reseller site. An operator with a site is a user there."""
    take_turn(connection, f"members of {site}")
    if connection.scalar(select(resellers.c.site_number).where(resellers.c.site_number == site)) is None:
        raise Refused(N_("There is no reseller with the site number {site}. Import it first, or correct the number."), site=site)
    here = role if role in ROLES else "user"
    primary = select(users.c.email).join(memberships, memberships.c.user_id == users.c.id)
    taken = primary.where(memberships.c.reseller_site_number == site, memberships.c.role == "primary")
    if here == "primary" and (email := connection.scalar(taken)) is not None:
        raise Refused(N_("The site {site} has its primary contact already: {email}. Add this person as secondary or user."),
                      site=site, email=email)
    connection.execute(insert(memberships).values(
        user_id=user_id, reseller_site_number=site, role=here, privileges=PRESETS[here],
    ))
