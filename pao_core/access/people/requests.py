"""Requests for access: anybody asks, nobody is let in until a person decides, and each request is decided once.

A request is decided by the people of its site who manage access; by the operator when it claims the primary role or when the site has no
primary contact who could decide, among them sites that are no reseller's. A stranger is told the same, and works as long, whatever there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, insert, or_, select, update

from pao_core.access.entry import throttle
from pao_core.access.mail import outbox
from pao_core.access.people import places, standing
from pao_core.access.people.names import checked_email, checked_name, misleading
from pao_core.access.rights import ACCESS_VIEW, PRESETS
from pao_core.access.turn import take_turn
from pao_core.access.viewer import Acting, Viewer
from pao_core.locale import N_, Refused, formats
from pao_core.store.engine import Store
from pao_core.store.schema import access_requests, memberships, resellers, users

FORMS: dict[str, str] = {"self_nomination": N_("Self-nomination form"), "authorization": N_("Authorization form")}
# What everyone is told who has asked for access.
ANSWER = N_("Your request is on its way to whoever decides it. The answer comes by e-mail. Look also among your unwanted mail.")
STRANGER = "stranger"  # who asks without signing in, in the audit: the e-mail is only what was typed
WAITING, GRANTED, DENIED = "waiting", "granted", "denied"
MAX_REASON = 500
NOT_IN_QUEUE = N_("There is no such request in your queue.")
_DECIDED = {GRANTED: N_("{email} granted this request already, {moment}."), DENIED: N_("{email} denied this request already, {moment}.")}


@dataclass(frozen=True)
class Request:
    """Somebody asks for access to a site. `site_name` is None for a site that is no reseller's, `primary` its primary contact's e-mail;
    `member` says that the person has a place there by now. `of_operator` tells who decides it."""

    id: int
    email: str
    name: str
    site: str
    site_name: str | None
    primary: str | None
    member: bool
    form: str
    claims_primary: bool
    asked_at: datetime
    state: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None

    @property
    def of_operator(self) -> bool:
        return self.claims_primary or self.primary is None

    @property
    def proposed_role(self) -> str:
        return "primary" if self.claims_primary else "user"


# -- asking -----------------------------------------------------------------------------------------------------------
def ask(store: Store, email: str, name: str, site: str, form: str, claims_primary: bool, language: str | None, address: str | None,
        now: datetime, user_id: int | None = None) -> None:
    """Ask for access to a site; say ANSWER afterwards, whatever happened. `address` is where the browser is. Who is signed in gives
    `user_id` and asks by its own e-mail and name, whatever is passed.

    A second request of one e-mail for one site while the first waits is the same request. Raises throttle.TooOften, and Refused for what is
    no e-mail, name, site number or form, and for who is signed in and at the site already.
    """
    viewer = None if user_id is None else _signed_in(store, user_id)
    key, name = (checked_email(email), checked_name(name)) if viewer is None else (viewer.email, viewer.name)
    site = places.checked_site(site)
    if form not in FORMS:
        raise Refused(N_("Choose one of the two forms."))
    with store.desk_writing() as desk:
        throttle.count_open_act(desk, "access", key, throttle.place(address), now)
    values = {"email": key, "name": name, "reseller_site_number": site, "form": form, "claims_primary": bool(claims_primary), "user_id": user_id,
              "language": language, "address": address, "asked_at": now, "state": WAITING}
    facts = {"form": form, "claims_primary": bool(claims_primary)}
    if viewer is None:
        with store.writing(STRANGER) as writing:
            writing.touches_replica = False
            _put_once(writing.connection, values, now)
            writing.audit("request.made", key, site, after=facts)
        return
    with viewer.acting("request.made", key, site) as act:
        if site in places.sites_of(act.connection, user_id or 0):
            raise Refused(N_("You are at this site already. Its primary contact changes what you may do there."))
        _put_once(act.connection, values, now)
        act.audit(after=facts)


def _signed_in(store: Store, user_id: int) -> Viewer:
    with store.reading() as connection:
        found = Viewer.of_user(store, user_id, connection)
    if found is None:
        raise Refused(N_("Your session is over. Sign in again."))
    return found


def _put_once(connection: Connection, values: Mapping[str, Any], now: datetime) -> None:
    """Keep the request and have its deciders told, unless the same one waits."""
    email, site = values["email"], values["reseller_site_number"]
    take_turn(connection, f"request of {email} for {site}")
    same = access_requests.c.email == email, access_requests.c.reseller_site_number == site, access_requests.c.state == WAITING
    if connection.scalar(select(access_requests.c.id).where(*same)) is None:
        request_id = connection.execute(insert(access_requests).values(**values).returning(access_requests.c.id)).scalar_one()
        outbox.put(connection, "access_requested", None, now, reseller=site, request_id=request_id)


# -- looking ----------------------------------------------------------------------------------------------------------
def waiting(viewer: Viewer) -> list[Request]:
    """The requests that wait for the viewer's site or, for the operator, for it; the oldest first. Raises AccessDenied for who may not
    see them."""
    _require(viewer)
    with viewer.store.reading() as connection:
        return [Request(*row) for row in connection.execute(
            _asked(*_waiting(viewer)).order_by(access_requests.c.asked_at, access_requests.c.id))]


def count_waiting(viewer: Viewer) -> int:
    """How many wait; 0 for who may not see them."""
    if not viewer.may(ACCESS_VIEW) and not viewer.operator:
        return 0
    with viewer.store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(_asked(*_waiting(viewer)).subquery())) or 0


def history(viewer: Viewer) -> list[Request]:
    """The decided requests of the viewer's queue, the newest decision first. Raises AccessDenied for who may not see them."""
    _require(viewer)
    with viewer.store.reading() as connection:
        return [Request(*row) for row in connection.execute(
            _asked(_in_queue(viewer), access_requests.c.state != WAITING).order_by(access_requests.c.decided_at.desc(), access_requests.c.id.desc()))]


def _require(viewer: Viewer) -> None:
    if not viewer.operator:
        viewer.require(ACCESS_VIEW)


_primaries = (
    select(memberships.c.reseller_site_number, users.c.email).join(users, users.c.id == memberships.c.user_id)
    .where(memberships.c.role == "primary").subquery("primaries")
)


def _in_queue(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a request is the viewer's: of its sites where it sees access, or the operator's. What an operator has decided
    stays the operators', also when the site has its primary contact by now."""
    by_operator = access_requests.c.decided_by.in_(select(users.c.email).where(users.c.operator.is_(True)))
    of_operator = or_(access_requests.c.claims_primary.is_(True), _primaries.c.email.is_(None), by_operator)
    of_site = ~access_requests.c.claims_primary & _primaries.c.email.is_not(None) & access_requests.c.reseller_site_number.in_(
        viewer.sites(ACCESS_VIEW))
    return or_(of_site, of_operator if viewer.operator else false())


def _waiting(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    return _in_queue(viewer), access_requests.c.state == WAITING


def _asked(*conditions: ColumnElement[bool]) -> Any:
    """The columns of Request, of the requests of these conditions."""
    a = access_requests.c
    member = select(func.count()).select_from(memberships).join(users, users.c.id == memberships.c.user_id).where(
        users.c.email == a.email, memberships.c.reseller_site_number == a.reseller_site_number).correlate(access_requests).scalar_subquery()
    return (
        select(a.id, a.email, a.name, a.reseller_site_number, resellers.c.name.label("site_name"), _primaries.c.email.label("primary"),
               (member > 0).label("member"), a.form, a.claims_primary, a.asked_at, a.state, a.decided_at, a.decided_by, a.reason)
        .outerjoin(resellers, resellers.c.site_number == a.reseller_site_number)
        .outerjoin(_primaries, _primaries.c.reseller_site_number == a.reseller_site_number)
        .where(*conditions)
    )


# -- deciding ---------------------------------------------------------------------------------------------------------
def grant(viewer: Viewer, request_id: int, role: str, privileges: Mapping[str, str], replaces: str | None = None) -> None:
    """Let the person in with this role and these privileges; a letter says so, with a link for who has no account yet. The operator makes
    a primary contact; where the site has one, only when `replaces` is its e-mail, and that one becomes a secondary.

    Raises Refused, and changes nothing, for a request that is not in the viewer's queue or was decided already (it says by whom and when),
    a role or privilege that the viewer may not give, an unknown site, and who is suspended everywhere.
    """
    asked = _find(viewer, request_id, "request.granted")
    with viewer.acting("request.granted", asked.email, asked.site, places.PEOPLE) as act:
        asked = _decide(act, asked.id, GRANTED)
        if role == "primary" and act.viewer.operator:
            kept, old = PRESETS["primary"], _admit_primary(act, asked, replaces)
        else:
            kept, old = standing.check_giving(act.viewer, asked.site, role, privileges), None
            if asked.member:
                raise Refused(N_("{email} is at the site already: deny the request, and change the person under Users."), email=asked.email)
            _admit(act, asked, role, kept)
        user = places.user(act.connection, asked.email)
        assert user is not None, "it was just let in"
        outbox.put(act.connection, "access_granted", asked.email, act.at, reseller=asked.site, user_id=user.id, site=asked.site)
        if old is not None:
            outbox.put(act.connection, "primary_changed", old, act.at, reseller=asked.site, site=asked.site, by=viewer.email)
        replaced = {"primary": old} if old is not None else {}
        act.audit(before={"request": WAITING, **replaced}, after={"request": GRANTED, "role": role, "privileges": kept})


def deny(viewer: Viewer, request_id: int, reason: str) -> None:
    """Say no, with a reason of 1 to 500 characters, which the person reads in a letter. Raises Refused as `grant` does, and without a
    reason."""
    asked = _find(viewer, request_id, "request.denied")
    with viewer.acting("request.denied", asked.email, asked.site, places.PEOPLE) as act:
        reason = " ".join(reason.split())
        if not reason or len(reason) > MAX_REASON or misleading(reason):
            raise Refused(N_("Give a reason of 1 to {most} characters: the person reads it."), most=MAX_REASON)
        asked = _decide(act, asked.id, DENIED, reason)
        outbox.put(act.connection, "access_denied", asked.email, act.at, reseller=asked.site, request_id=asked.id)
        act.audit(before={"request": WAITING}, after={"request": DENIED, "reason": reason})


def _find(viewer: Viewer, request_id: int, act: str) -> Request:
    """The request, if it is in the viewer's queue; else the attempt is written down without a word of whose it is."""
    with viewer.store.reading() as connection:
        row = connection.execute(_asked(_in_queue(viewer), access_requests.c.id == request_id)).one_or_none()
    if row is None:
        viewer.note_refusal(act, f"request {request_id}", None, why=NOT_IN_QUEUE)
        raise Refused(NOT_IN_QUEUE)
    return Request(*row)


def _decide(act: Acting, request_id: int, state: str, reason: str | None = None) -> Request:
    """Decide the request, which must still wait in the viewer's queue: of many at once exactly one gets past here."""
    row = act.connection.execute(_asked(_in_queue(act.viewer), access_requests.c.id == request_id)).one_or_none()
    if row is None:
        raise Refused(NOT_IN_QUEUE)
    asked = Request(*row)
    if asked.state != WAITING and asked.decided_at is not None:
        moment = formats.moment(asked.decided_at, act.viewer.store.settings.timezone)
        raise Refused(_DECIDED[asked.state], email=asked.decided_by, moment=moment)
    if asked.email == act.viewer.email:
        raise Refused(N_("Nobody decides the own request. Ask another person who manages access."))
    still = access_requests.c.id == request_id, access_requests.c.state == WAITING
    values = {"state": state, "decided_at": act.at, "decided_by": act.viewer.email, "reason": reason}
    if act.connection.execute(update(access_requests).where(*still).values(**values)).rowcount != 1:
        raise Refused(NOT_IN_QUEUE)
    return asked


def _admit_primary(act: Acting, asked: Request, replaces: str | None) -> str | None:
    """Make the person primary contact of the site; gives the e-mail of the one until now."""
    if asked.primary is not None and asked.primary != replaces:
        raise Refused(N_("The site {site} has its primary contact: {email}. Say that this person takes the place, or grant another role."),
                      site=asked.site, email=asked.primary)
    if not asked.member:
        _admit(act, asked, "secondary", PRESETS["secondary"])
    places.check_live(act.connection, asked.email, asked.site)
    return places.make_primary(act.connection, asked.email, asked.site)


def _admit(act: Acting, asked: Request, role: str, privileges: Mapping[str, str]) -> None:
    language = act.connection.scalar(select(access_requests.c.language).where(access_requests.c.id == asked.id))
    places.admit(act.connection, asked.email, asked.name, asked.site, role, privileges, act.at, language)
