"""The primary role: handed over in two acts, an offer and its acceptance, or given by the operator. A site that has a primary contact
always has exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from pao_core.access.mail import outbox
from pao_core.access.people import places, standing
from pao_core.access.people.names import checked_email
from pao_core.access.viewer import Acting, Viewer
from pao_core.locale import N_, Refused
from pao_core.store.schema import primary_offers, resellers, users

LIFE = timedelta(days=7)
NO_OFFER = N_("There is no offer of the primary role, or it is no longer valid. Ask the primary contact for a new one.")


@dataclass(frozen=True)
class Offer:
    """The primary role of a site, offered to the viewer until then by its primary contact."""

    site: str
    site_name: str
    by_email: str
    by_name: str
    until: datetime


def offers(viewer: Viewer) -> list[Offer]:
    """The offers that the viewer can accept or decline now."""
    found = (
        select(primary_offers.c.reseller_site_number, resellers.c.name.label("site_name"), users.c.email, users.c.name,
               primary_offers.c.expires_at)
        .join(users, users.c.id == primary_offers.c.from_user_id)
        .join(resellers, resellers.c.site_number == primary_offers.c.reseller_site_number)
        .where(primary_offers.c.to_user_id == viewer.user_id, primary_offers.c.expires_at > viewer.store.settings.now())
        .order_by(primary_offers.c.reseller_site_number)
    )
    with viewer.store.reading() as connection:
        return [Offer(*row) for row in connection.execute(found)]


def offer(viewer: Viewer, email: str, site: str) -> None:
    """Offer the primary role to a person at the site, for LIFE; a letter says so. An offer made before is taken back by it. The primary
    contact alone does this. Refused for who is not at the site, suspended there, or has not activated the account."""
    key, site = checked_email(email), places.checked_site(site)
    with viewer.acting("primary.offered", key, site, places.PEOPLE) as act:
        own = _own(act, site)
        there = places.place(act.connection, key, site)
        if key == own:
            raise Refused(N_("You are the primary contact already."))
        if there.suspended_at is not None or there.status != "active":
            raise Refused(N_("The role can be offered only to somebody who can sign in: {email} is suspended or has not activated the account."),
                          email=key)
        act.connection.execute(delete(primary_offers).where(primary_offers.c.reseller_site_number == site))
        act.connection.execute(insert(primary_offers).values(
            reseller_site_number=site, from_user_id=act.viewer.user_id, to_user_id=there.id, offered_at=act.at, expires_at=act.at + LIFE))
        outbox.put(act.connection, "primary_offered", key, act.at, reseller=site, site=site, by=viewer.email)
        act.audit(before={"primary": own}, after={"to": key})


def withdraw(viewer: Viewer, site: str) -> None:
    """Take the offer back, before it is accepted. Refused when there is none."""
    site = places.checked_site(site)
    with viewer.acting("primary.withdrawn", None, site, places.PEOPLE) as act:
        _own(act, site)
        gone = delete(primary_offers).where(primary_offers.c.reseller_site_number == site).returning(primary_offers.c.to_user_id)
        to = act.connection.scalar(gone)
        if to is None:
            raise Refused(NO_OFFER)
        act.audit(before={"to": _email(act.connection, to)}, after=None)


def accept(viewer: Viewer, site: str) -> None:
    """Become the primary contact of the site by an offer that still holds; the one until now becomes a secondary, in the same moment. A
    letter tells it. Refused without such an offer."""
    site = places.checked_site(site)
    with viewer.acting("primary.accepted", viewer.email, site, places.PEOPLE) as act:
        _take_up(act, site)
        old = _make(act, viewer.email, site)
        act.audit(before={"primary": old}, after={"primary": viewer.email})


def decline(viewer: Viewer, site: str) -> None:
    """Say no to an offer; the primary contact stays. Refused without an offer that still holds."""
    site = places.checked_site(site)
    with viewer.acting("primary.declined", viewer.email, site, places.PEOPLE) as act:
        _take_up(act, site)
        act.audit(before={"to": viewer.email}, after=None)


def appoint(viewer: Viewer, email: str, site: str) -> None:
    """Make a person at the site its primary contact, as the operator; the one until now becomes a secondary. Letters tell both. Refused
    for who is not at the site or suspended, and for the operator's own account."""
    key, site = checked_email(email), places.checked_site(site)
    with viewer.acting("primary.appointed", key, site, places.PEOPLE) as act:
        there = places.place(act.connection, key, site)
        standing.check_other(viewer, key)
        if there.role == "primary":
            raise Refused(N_("{email} is the primary contact already."), email=key)
        places.check_live(act.connection, key, site)
        old = _make(act, key, site)
        act.audit(before={"primary": old}, after={"primary": key})


def _own(act: Acting, site: str) -> str:
    """The primary contact's e-mail, who must be the viewer."""
    own = places.primary(act.connection, site)
    if own is None or own.email != act.viewer.email:
        raise Refused(N_("Only the primary contact hands the role over."))
    return str(own.email)


def _take_up(act: Acting, site: str) -> None:
    """Use up the viewer's offer at the site; Refused when it is not there, late, or no longer from its primary contact to one at the site."""
    mine = primary_offers.c.reseller_site_number == site, primary_offers.c.to_user_id == act.viewer.user_id
    row = act.connection.execute(delete(primary_offers).where(*mine).returning(primary_offers)).one_or_none()
    own = places.primary(act.connection, site)
    if row is None or row.expires_at <= act.at or own is None or own.id != row.from_user_id or site not in act.viewer.belongs_to:
        raise Refused(NO_OFFER)


def _make(act: Acting, email: str, site: str) -> str | None:
    """Write who is primary, and the letters; gives who was."""
    old = places.make_primary(act.connection, email, site)
    for one in (email, old):
        if one is not None and one != act.viewer.email:
            outbox.put(act.connection, "primary_changed", one, act.at, reseller=site, site=site, by=act.viewer.email)
    return old


def _email(connection: Connection, user_id: int) -> str | None:
    return connection.scalar(select(users.c.email).where(users.c.id == user_id))
