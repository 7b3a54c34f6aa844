"""The person who looks: built only from the server-side session row or the command line's --as, re-read at every rerun."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, FromClause, select

from pao_core.access import scope
from pao_core.access.people.names import email_key
from pao_core.access.rights import DATA_IMPORT, OPERATOR, REPORTING_VIEW, SIGNED_IN, AccessDenied, each_of, granted
from pao_core.access.turn import take_turn
from pao_core.access.verbs import VERBS, Verb
from pao_core.access.writing import ScopedWriting
from pao_core.locale import N_, Refused
from pao_core.store import row_security
from pao_core.store.engine import Store, StoreUnreachable, Writing
from pao_core.store.schema import memberships, users

REFUSAL_PATIENCE = 5  # seconds that a refusal waits to be written down
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Membership:
    """A user's place at one reseller site."""

    reseller_site_number: str
    role: str
    rights: frozenset[str]


@dataclass(frozen=True)
class Acting:
    """An act that may be done, inside its transaction: who does it as of now, the connection, the instant."""

    viewer: Viewer
    connection: Connection
    at: datetime
    act: str
    object: str | None
    reseller: str | None
    _writing: Writing

    def audit(self, object_: str | None = None, **facts: Any) -> None:
        """Say in the audit that the act was done."""
        self._writing.audit(self.act, object_ or self.object, self.reseller, **facts)


@dataclass(frozen=True)
class Viewer:
    """Who reads and acts, with what rights at which reseller sites. Two equal viewers see the same rows.

    `every_reseller` is the command line without --as: it may write for all, and reads no report.
    """

    store: Store = field(compare=False, repr=False)
    user_id: int | None
    email: str
    name: str
    operator: bool = False
    memberships: tuple[Membership, ...] = ()
    access_version: int = 0
    language: str | None = None
    every_reseller: bool = False
    at_site: str | None = None  # the one site that the user has chosen to look at
    belongs_to: tuple[str, ...] = ()  # every site that the user may choose

    @classmethod
    def of_command_line(cls, store: Store) -> Viewer:
        """The operator at the machine itself."""
        return cls(store, None, "command line", "command line", operator=True, every_reseller=True)

    @classmethod
    def of_user(cls, store: Store, user_id: int, connection: Connection, at_site: str | None = None) -> Viewer | None:
        """The viewer that this user is now, at one of its sites or (None, or a site that is no longer its) at all of them; None when
        there is no such user, it is suspended, or no site has a place for it and it is no operator."""
        row = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
        if row is None or row.status == "suspended":
            return None
        found = connection.execute(
            select(memberships).where(memberships.c.user_id == user_id, memberships.c.suspended_at.is_(None))
            .order_by(memberships.c.reseller_site_number)
        )
        places = tuple(Membership(m.reseller_site_number, m.role, granted(m.privileges)) for m in found)
        if not places and not row.operator:
            return None
        here = tuple(place for place in places if place.reseller_site_number == at_site)
        return cls(store, user_id, row.email, row.name, row.operator, here or places, row.access_version, row.language,
                   at_site=at_site if here else None, belongs_to=tuple(place.reseller_site_number for place in places))

    @classmethod
    def of_email(cls, store: Store, email: str) -> Viewer:
        """The viewer of the command line's --as: any user not suspended, activated or not. Raises Refused otherwise."""
        with store.reading() as connection:
            user_id = connection.scalar(select(users.c.id).where(users.c.email == email_key(email)))
            viewer = None if user_id is None else cls.of_user(store, user_id, connection)
        if viewer is None:
            raise Refused(N_("There is no active user {email}. `user list` names the users."), email=email)
        return viewer

    def may(self, right: str) -> bool:
        """Whether the viewer has this right at any of its sites; of rights that go together (`rights.each_of`), each at any."""
        return all(self._has(one) for one in each_of(right))

    def _has(self, right: str) -> bool:
        if right in (SIGNED_IN, OPERATOR):
            return right == SIGNED_IN or self.operator
        return self.every_reseller or any(right in membership.rights for membership in self.memberships)

    def require(self, right: str) -> None:
        """Raise AccessDenied without this right."""
        if not self.may(right):
            raise AccessDenied(right)

    def sites(self, right: str = REPORTING_VIEW) -> tuple[str, ...]:
        """The reseller site numbers at which the viewer has this right, in order."""
        return tuple(m.reseller_site_number for m in self.memberships if right in m.rights)

    # -- reading: selectables already limited to what the viewer may see ----------------------------------------------
    def orders(self) -> FromClause:
        """Order lines of the viewer's resellers, and those sold through them."""
        return scope.tenant_rows("orders", self.sites())

    def renewals(self) -> FromClause:
        """Renewal lines of the viewer's resellers, and those sold through them."""
        return scope.tenant_rows("renewals", self.sites())

    def entitlements(self) -> FromClause:
        """Entitlements of the viewer's resellers, and those sold through them."""
        return scope.tenant_rows("entitlements", self.sites())

    def subscriptions(self) -> FromClause:
        """Subscriptions of the viewer's resellers, and those sold through them."""
        return scope.tenant_rows("subscriptions", self.sites())

    def usage(self) -> FromClause:
        """Usage of the subscriptions that the viewer sees."""
        return scope.tenant_rows("usage", self.sites())

    def provisioning(self) -> FromClause:
        """Provisioning elements of the subscriptions that the viewer sees."""
        return scope.tenant_rows("provisioning", self.sites())

    def assignments(self) -> FromClause:
        """Which account manager looks after which site, of the viewer's own resellers alone: a distributor does not see the
        users of others."""
        return scope.own_rows("assignments", self.sites())

    def contacts(self) -> FromClause:
        """Contacts of the sites that a row of the viewer's makes visible."""
        return scope.contacts(self.sites())

    def customers(self) -> FromClause:
        """One row for each (reseller, customer site) that a row of the viewer's makes visible; see scope.customers."""
        return scope.customers(self.sites())

    def resellers(self) -> FromClause:
        """The viewer's resellers and those that it distributes to, by the rows that it sees."""
        return scope.resellers(self.sites())

    def colleagues(self) -> dict[str, str]:
        """The people of the viewer's own reseller sites: name by e-mail, suspended ones too."""
        there = select(memberships.c.user_id).where(memberships.c.reseller_site_number.in_(self.sites()))
        with self.store.reading() as connection:
            return {row.email: row.name for row in connection.execute(select(users.c.email, users.c.name).where(users.c.id.in_(there)))}

    # -- writing ------------------------------------------------------------------------------------------------------
    @contextmanager
    def writing(
        self, attached: Mapping[str, Path] | None = None, act: str = "import", object_: str | None = None, reseller: str | None = None,
    ) -> Iterator[ScopedWriting]:
        """One transaction in which tenant rows of the viewer's own resellers may be written (all, for the operator at
        the command line; a distributor's rows sold through it are read-only). Rights are re-read inside it.
        `attached` is what `Store.writing` says; `act` (of VERBS) on `object_` at a `reseller` site is what a refusal is called in the
        audit."""
        with self._refusals_told(act, object_, reseller), self.store.writing(self.email, self.user_id, attached) as writing:
            now = self if self.every_reseller else self._still(writing.connection)
            allowed = None if self.every_reseller else now.sites(DATA_IMPORT)
            with now.walled(writing.connection, writes=True):
                yield ScopedWriting(writing, allowed, self.operator)

    @contextmanager
    def walled(self, connection: Connection, *, writes: bool = False) -> Iterator[None]:
        """What is done inside sees, by PostgreSQL's own rules (`row_security.py`), the viewer's rows alone, and with `writes` may write
        those that the viewer may import for. The operator writes what all share, and looks whether anybody uses it: its writing is
        behind no such wall, nor is anything at the command line without --as."""
        if self.every_reseller or (self.operator and writes):
            yield
            return
        with row_security.within(connection, self.sees(writes=writes)):
            yield

    def sees(self, *, writes: bool = False) -> row_security.Scope:
        """What PostgreSQL is told of the viewer."""
        imports = self.sites(DATA_IMPORT)
        return row_security.Scope(tuple(sorted({*self.sites(), *imports})), imports if writes else (), self.user_id)

    @contextmanager
    def reading(self, attached: Mapping[str, Path] | None = None) -> Iterator[Connection]:
        """`Store.reading` of what the viewer sees: see `walled`."""
        with self.store.reading(attached) as connection:
            if not self.every_reseller:
                row_security.enter(connection, self.sees())
            yield connection

    @contextmanager
    def acting(self, act: str, object_: str | None = None, reseller: str | None = None, turn: str | None = None) -> Iterator[Acting]:
        """One transaction for an act of `VERBS` on `object_` at a reseller site: rights are read again inside it, after waiting for `turn`
        (see turn.py), so that what another act of this turn has changed is seen. It takes no change number. What is refused, for want of
        the right or by a rule, leaves nothing but a line in the audit, in a transaction of its own. Raises AccessDenied; the verb
        says what was done by `Acting.audit`."""
        verb = VERBS[act]
        with self._refusals_told(act, object_, reseller), self.store.writing(self.email, self.user_id) as writing:
            writing.touches_replica = False
            if turn:
                take_turn(writing.connection, turn)
            now = self if self.every_reseller else self._still(writing.connection)
            if not now.may_act(verb, reseller):
                raise AccessDenied(verb.right)
            yield Acting(now, writing.connection, writing.at, act, object_, reseller, writing)

    def may_act(self, verb: Verb, reseller: str | None = None) -> bool:
        """Whether the viewer may do this act at the reseller site."""
        if self.every_reseller or (self.operator and (verb.operator or verb.right == OPERATOR)):
            return True
        if verb.right == SIGNED_IN:
            return True
        here = (place for place in self.memberships if place.reseller_site_number == reseller)
        return any(verb.right in place.rights and (place.role == "primary" or not verb.primary) for place in here)

    def note_refusal(self, act: str, object_: str | None = None, reseller: str | None = None, **facts: Any) -> None:
        """Write an attempt that was refused into the audit, in a transaction of its own."""
        try:
            with self.store.writing(self.email, self.user_id, patience=REFUSAL_PATIENCE) as writing:
                writing.touches_replica = False
                writing.audit(act, object_, reseller, refused=True, **facts)
        except StoreUnreachable:
            log.warning("the refusal of %s to %s could not be written down", act, self.user_id)

    @contextmanager
    def asking(self, file: str) -> Iterator[None]:
        """What is done inside gives the viewer a file or a report that is called `file`: when that is refused, the audit says so."""
        with self._refusals_told("file.asked", file):
            yield

    @contextmanager
    def _refusals_told(self, act: str, object_: str | None = None, reseller: str | None = None) -> Iterator[None]:
        try:
            yield
        except StoreUnreachable:
            raise
        except Refused as refusal:
            self.note_refusal(act, object_, reseller, why=refusal.template)
            raise

    def _still(self, connection: Connection) -> Viewer:
        now = Viewer.of_user(self.store, self.user_id, connection, self.at_site) if self.user_id is not None else None
        if now is None or (self.operator and not now.operator):
            raise AccessDenied(SIGNED_IN)
        return now
