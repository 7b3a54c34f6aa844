"""Users: who has a place at a reseller site or runs the installation, and every act on them. Each is one line in the audit.

People are named by their e-mail and the site, as the site's own people know them: somebody who is not at the site is as unknown as
somebody who is nowhere. Acts refuse with AccessDenied who may not manage access at the site, and with Refused what standing.py forbids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, true, update

from pao_core.access.entry import calendar_tokens, links, passwords, sessions
from pao_core.access.mail import outbox
from pao_core.access.people import places, standing
from pao_core.access.people.names import checked_email, checked_name
from pao_core.access.rights import ACCESS_UPDATE, ACCESS_VIEW, OPERATOR, PRESETS, ROLES, AccessDenied
from pao_core.access.viewer import Acting, Viewer
from pao_core.locale import N_, Refused
from pao_core.locale.words import USER_STATUSES
from pao_core.store.schema import access_requests, memberships, primary_offers, resellers, second_factors, sign_ins, users

STATUSES = USER_STATUSES
INVITED, ACTIVE, SUSPENDED = STATUSES


@dataclass(frozen=True)
class Person:
    """A person at a site, or (no `site`) one without any: an operator, or whoever lost the last. `status` is what keeps the person out
    at this site, `everywhere` at all. `version` goes with `change`. `last_sign_in` is known for 90 days."""

    email: str
    name: str
    site: str | None
    site_name: str | None
    role: str | None
    privileges: Mapping[str, str]
    status: str
    everywhere: bool
    version: int
    since: datetime
    last_sign_in: datetime | None
    second_factor: bool
    offered_until: datetime | None


# -- adding -----------------------------------------------------------------------------------------------------------
def add(viewer: Viewer, email: str, name: str, reseller_site_number: str | None, role: str, password: str | None = None) -> str | None:
    """Add a user at a reseller site, or an operator (which needs none), from the command line; no letter is written.

    With a password the user is active; without one it is invited, and the token of its activation link is given (see
    `links.address`). Raises AccessDenied without the operator right; Refused for an e-mail that is taken, an unknown
    role or reseller, a second primary contact of a site, and a password that may not be one.
    """
    key = checked_email(email)
    site = None if reseller_site_number is None else places.checked_site(reseller_site_number)
    with viewer.acting("user.added", key, site, places.PEOPLE) as act:
        if not act.viewer.operator:
            raise AccessDenied(OPERATOR)
        _check_role(role, site)
        name = checked_name(name)
        kept = None if password is None else passwords.hashed(passwords.check_new(password, key, name))
        user_id, facts = enrol(act.connection, key, name, site, role, kept, act.at)
        act.audit(**facts)
        return links.issue(act.connection, user_id, links.ACTIVATION, act.at) if kept is None else None


def enrol(connection: Connection, email: str, name: str, site: str | None, role: str, kept: str | None, at: datetime) -> tuple[int, dict[str, Any]]:
    """`add` inside a transaction that is open already, for checked values; `kept` is the hash of the password. Gives the id, and what the
    audit is told. An operator with a site is a user there."""
    if places.user(connection, email) is not None:
        raise Refused(places.TAKEN, email=email)
    user_id = places.enrol(connection, email, name, role == OPERATOR, kept, at)
    here = role if role in ROLES else "user"
    if site is not None:
        places.join(connection, user_id, site, here, PRESETS[here])
    return user_id, {"before": None, "after": {"role": role, "privileges": PRESETS[here] if site else {}}, "invited": kept is None}


def invite(viewer: Viewer, email: str, name: str, site: str | None, role: str, privileges: Mapping[str, str] | None = None) -> None:
    """Give a person a place at the site, without a request; a letter says so. Who has an account keeps it, and its name. Without a site
    the operator makes another operator. A request of this person that waits for the site's people is granted by it.

    Raises Refused for who is at the site already or suspended everywhere, an unknown site, and a role or privilege that the viewer may
    not give; a first primary contact is added by the operator.
    """
    key = checked_email(email)
    site = None if site is None else places.checked_site(site)
    with viewer.acting("user.added", key, site, places.PEOPLE) as act:
        name = checked_name(name)
        if key == viewer.email:
            raise Refused(N_("Nobody adds the own account. Ask another person who manages access."))
        if site is None:
            _make_operator(act, key, name, role)
            return
        kept = _given(act.viewer, site, role, privileges)
        person = places.admit(act.connection, key, name, site, role, kept, act.at)
        if person.status == INVITED:
            outbox.put(act.connection, "activation", key, act.at, reseller=site, user_id=person.id, site=site, by=viewer.email)
        else:
            outbox.put(act.connection, "access_granted", key, act.at, reseller=site, user_id=person.id, site=site)
        waiting = access_requests.c.email == key, access_requests.c.reseller_site_number == site, access_requests.c.state == "waiting"
        act.connection.execute(update(access_requests).where(*waiting, access_requests.c.claims_primary.is_(False)).values(
            state="granted", decided_at=act.at, decided_by=viewer.email))
        act.audit(before=None, after={"role": role, "privileges": kept})


def _given(viewer: Viewer, site: str, role: str, privileges: Mapping[str, str] | None) -> dict[str, str]:
    """The privileges to keep for who is added in this role; those of the role when none are said."""
    if role == "primary" and standing.rank(viewer, site) == OPERATOR:
        return PRESETS["primary"]
    return standing.check_giving(viewer, site, role, PRESETS.get(role, {}) if privileges is None else privileges)


def _make_operator(act: Acting, email: str, name: str, role: str) -> None:
    if not act.viewer.operator:
        raise AccessDenied(OPERATOR)
    _check_role(role, None)
    user_id, facts = enrol(act.connection, email, name, None, role, None, act.at)
    outbox.put(act.connection, "activation", email, act.at, user_id=user_id, by=act.viewer.email)
    act.audit(**facts)


def _check_role(role: str, site: str | None) -> None:
    if role != OPERATOR and role not in ROLES:
        raise Refused(N_("{role} is not a role. Choose one of: {roles}."), role=role, roles=", ".join([*ROLES, OPERATOR]))
    if site is None and role != OPERATOR:
        raise Refused(N_("Say which reseller the user belongs to: give its site number."))


# -- changing ---------------------------------------------------------------------------------------------------------
def change(viewer: Viewer, email: str, site: str, version: int, role: str, privileges: Mapping[str, str]) -> None:
    """Give a person at the site another role (secondary or user) and privileges. `version` is that of the Person on screen: Refused when
    somebody has changed the place since, so that nobody overwrites what he has not seen."""
    with _acting(viewer, "user.changed", email, site) as (act, there):
        kept = standing.check_giving(act.viewer, site, role, privileges, there.privileges)
        if version != there.version:
            raise Refused(N_("Somebody else has changed this person meanwhile. Look again, then decide."))
        places.alter(act.connection, there.id, there.reseller_site_number, role=role, privileges=kept)
        act.audit(before={"role": there.role, "privileges": there.privileges}, after={"role": role, "privileges": kept})


def suspend(viewer: Viewer, email: str, site: str | None) -> None:
    """Keep a person out of the site, until it is restored; without a site, the operator keeps it out everywhere. Its sessions and
    calendars end at once when no way in is left."""
    if site is None:
        with _acting_on_account(viewer, "user.suspended", email) as (act, account):
            if any((at := places.primary(act.connection, one)) and at.id == account.id for one in places.sites_of(act.connection, account.id)):
                raise Refused(N_("{email} is the primary contact of a site. Appoint another one there first."), email=account.email)
            places.set_status(act.connection, account.id, SUSPENDED)
            calendar_tokens.end_all(act.connection, account.id)
            act.audit(before={"status": account.status}, after={"status": SUSPENDED})
        sessions.end_all(viewer.store, account.id)
        return
    with _acting(viewer, "user.suspended", email, site) as (act, there):
        places.alter(act.connection, there.id, there.reseller_site_number, suspended_at=there.suspended_at or act.at)
        act.audit(before={"status": _status(there)}, after={"status": SUSPENDED})
        out = _is_out(act, there)
        if out:
            calendar_tokens.end_all(act.connection, there.id)
    if out:
        sessions.end_all(viewer.store, there.id)


def restore(viewer: Viewer, email: str, site: str | None) -> None:
    """Let a suspended person into the site again, with the role and the privileges of before; without a site, the operator lets it in
    everywhere where it was not suspended by the site's own people."""
    if site is None:
        with _acting_on_account(viewer, "user.restored", email) as (act, account):
            status = ACTIVE if account.password_hash else INVITED
            places.set_status(act.connection, account.id, status)
            act.audit(before={"status": account.status}, after={"status": status})
        return
    with _acting(viewer, "user.restored", email, site) as (act, there):
        places.alter(act.connection, there.id, there.reseller_site_number, suspended_at=None)
        act.audit(before={"status": _status(there)}, after={"status": there.status})


def remove(viewer: Viewer, email: str, site: str) -> None:
    """Take a person's place at the site away. Who has no other, and is no operator, loses password, second factor, links and sessions: a
    later invitation begins anew."""
    with _acting(viewer, "user.removed", email, site) as (act, there):
        places.leave(act.connection, there.id, there.reseller_site_number, act.at)
        act.audit(before={"role": there.role, "privileges": there.privileges, "status": _status(there)}, after=None)
        out = _is_out(act, there)
    if out:
        sessions.end_all(viewer.store, there.id)


def invite_again(viewer: Viewer, email: str, site: str | None) -> None:
    """Send a new activation link to who has not activated the account yet; older links end when it goes out. The operator does it for a
    primary contact too, and without a site for anybody."""
    with _acting_on_either(viewer, "user.invited", email, site) as (act, who):
        if who.status != INVITED:
            raise Refused(N_("{email} has no invitation to answer: the account is active or suspended. Whoever has forgotten the password asks "
                             "for a new one on the sign-in page."), email=who.email)
        if _is_out(act, who):
            raise Refused(N_("{email} may not come in at any site. Let the person in again, or add the person to a site."), email=who.email)
        outbox.put(act.connection, "activation", who.email, act.at, reseller=act.reseller, user_id=who.id, by=viewer.email,
                   **({"site": act.reseller} if act.reseller else {}))
        act.audit()


def sign_out(viewer: Viewer, email: str, site: str | None) -> None:
    """End every session of a person. Who works for another site too is signed out by the operator alone, who does it without a site: a
    site's people have no say in what others' people do."""
    with _acting_on_either(viewer, "user.signed_out", email, site) as (act, who):
        elsewhere = places.sites_of(act.connection, who.id) - set(act.viewer.sites(ACCESS_UPDATE))
        if not act.viewer.operator and (elsewhere or who.operator):
            raise Refused(N_("This person also works elsewhere. Suspend it at this site to keep it out here; the operator can end its sessions."))
        act.audit()
    sessions.end_all(viewer.store, who.id)


@contextmanager
def _acting(viewer: Viewer, act: str, email: str, site: str, *, primary: bool = False) -> Iterator[tuple[Acting, Row[Any]]]:
    """The transaction of an act on a person at the site, whose place (see `places.place`) it gives: only if the viewer may touch it.
    `primary`: the operator may do it to a primary contact."""
    key, site = checked_email(email), places.checked_site(site)
    with viewer.acting(act, key, site, places.PEOPLE) as acting:
        there = places.place(acting.connection, key, site)
        spared = primary and standing.rank(acting.viewer, site) == OPERATOR and key != viewer.email
        if not spared:
            standing.check_touching(acting.viewer, site, key, there.role)
        yield acting, there


def _acting_on_either(viewer: Viewer, act: str, email: str, site: str | None) -> AbstractContextManager[tuple[Acting, Row[Any]]]:
    """`_acting`, for the operator on a primary contact too, or `_acting_on_account` without a site."""
    return _acting_on_account(viewer, act, email) if site is None else _acting(viewer, act, email, site, primary=True)


@contextmanager
def _acting_on_account(viewer: Viewer, act: str, email: str) -> Iterator[tuple[Acting, Row[Any]]]:
    """The transaction of an act of the operator on a whole account, whose row it gives."""
    key = checked_email(email)
    with viewer.acting(act, key, None, places.PEOPLE) as acting:
        account = places.user(acting.connection, key)
        if account is None:
            raise Refused(places.NOT_HERE)
        standing.check_touching(acting.viewer, None, key, None)
        yield acting, account


def _is_out(act: Acting, who: Row[Any]) -> bool:
    return not who.operator and not places.sites_of(act.connection, who.id, live=True)


def _status(there: Row[Any]) -> str:
    return SUSPENDED if there.suspended_at is not None else str(there.status)


# -- listing ----------------------------------------------------------------------------------------------------------
def people(viewer: Viewer) -> list[Person]:
    """Everybody at the viewer's sites, by site and name; for the operator, everybody there is. Raises AccessDenied for who may not see
    them."""
    mine = viewer.sites(ACCESS_VIEW)
    if not mine and not viewer.operator:
        raise AccessDenied(ACCESS_VIEW)
    columns = (
        memberships.c.reseller_site_number, resellers.c.name.label("site_name"), memberships.c.role, memberships.c.privileges,
        memberships.c.suspended_at, memberships.c.version, second_factors.c.confirmed_at, primary_offers.c.expires_at,
    )
    offered = (primary_offers.c.to_user_id == users.c.id) & (primary_offers.c.reseller_site_number == memberships.c.reseller_site_number)
    found = (
        select(users, *columns).outerjoin(memberships, memberships.c.user_id == users.c.id)
        .outerjoin(resellers, resellers.c.site_number == memberships.c.reseller_site_number)
        .outerjoin(second_factors, second_factors.c.user_id == users.c.id).outerjoin(primary_offers, offered)
        .where(true() if viewer.operator else memberships.c.reseller_site_number.in_(mine))
        .order_by(memberships.c.reseller_site_number.nulls_last(), users.c.name, users.c.email)
    )
    with viewer.store.reading() as connection:
        rows = connection.execute(found).all()
    signed_in = _last_sign_ins(viewer, None if viewer.operator else {row.email for row in rows})
    now = viewer.store.settings.now()
    return [Person(
        row.email, row.name, row.reseller_site_number, row.site_name, row.role or (OPERATOR if row.operator else None), row.privileges or {},
        _status(row), row.status == SUSPENDED, row.version or 0, row.created_at, signed_in.get(row.email), row.confirmed_at is not None,
        row.expires_at if row.expires_at and row.expires_at > now else None,
    ) for row in rows]


def _last_sign_ins(viewer: Viewer, emails: set[str] | None) -> dict[str, datetime]:
    """When each of these e-mails (None: all) last signed in."""
    last = select(sign_ins.c.email, func.max(sign_ins.c.at)).where(sign_ins.c.succeeded.is_(True)).group_by(sign_ins.c.email)
    with viewer.store.desk_reading() as connection:
        rows = connection.execute(last if emails is None else last.where(sign_ins.c.email.in_(emails)))
        return {row[0]: row[1] for row in rows}


def listed(viewer: Viewer) -> list[dict[str, Any]]:
    """Every user by e-mail: {email, name, sites, role, status}; the role is the strongest it has. For the operator."""
    viewer.require(OPERATOR)
    with viewer.store.reading() as connection:
        found = connection.execute(select(users).order_by(users.c.email)).all()
        at = connection.execute(select(memberships).order_by(memberships.c.reseller_site_number)).all()
    strength = list(ROLES)
    of: dict[int, list[Any]] = {}
    for membership in at:
        of.setdefault(membership.user_id, []).append(membership)
    rows = []
    for person in found:
        mine = of.get(person.id, [])
        strongest = min((m.role for m in mine), key=strength.index, default=None)
        rows.append({
            "email": person.email, "name": person.name, "sites": [m.reseller_site_number for m in mine],
            "role": OPERATOR if person.operator else strongest, "status": person.status,
        })
    return rows
