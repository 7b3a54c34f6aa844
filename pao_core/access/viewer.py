"""The person who looks: built only from the server-side session row or the command line's --as, re-read at every rerun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, FromClause, select

from pao_core.access import scope
from pao_core.access.people import email_key
from pao_core.access.rights import DATA_IMPORT, OPERATOR, REPORTING_VIEW, SIGNED_IN, AccessDenied, granted
from pao_core.access.writing import ScopedWriting
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store
from pao_core.store.schema import memberships, users


@dataclass(frozen=True)
class Membership:
    """A user's place at one reseller site."""

    reseller_site_number: str
    role: str
    rights: frozenset[str]


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

    @classmethod
    def of_command_line(cls, store: Store) -> Viewer:
        """The operator at the machine itself."""
        return cls(store, None, "command line", "command line", operator=True, every_reseller=True)

    @classmethod
    def of_user(cls, store: Store, user_id: int, connection: Connection) -> Viewer | None:
        """The viewer that this user is now; None when there is no such user or it is suspended."""
        row = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
        if row is None or row.status == "suspended":
            return None
        found = connection.execute(
            select(memberships).where(memberships.c.user_id == user_id).order_by(memberships.c.reseller_site_number)
        )
        at = tuple(Membership(m.reseller_site_number, m.role, granted(m.privileges)) for m in found)
        return cls(store, user_id, row.email, row.name, row.operator, at, row.access_version, row.language)

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
        """Whether the viewer has this right at any of its sites."""
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
    def writing(self, attached: Mapping[str, Path] | None = None) -> Iterator[ScopedWriting]:
        """One transaction in which tenant rows of the viewer's own resellers may be written (all, for the operator at
        the command line; a distributor's rows sold through it are read-only). Rights are re-read inside it.
        `attached` is what `Store.writing` says."""
        with self.store.writing(self.email, self.user_id, attached) as writing:
            allowed = None if self.every_reseller else self._still(writing.connection).sites(DATA_IMPORT)
            yield ScopedWriting(writing, allowed, self.operator)

    def _still(self, connection: Connection) -> Viewer:
        now = Viewer.of_user(self.store, self.user_id, connection) if self.user_id is not None else None
        if now is None or (self.operator and not now.operator):
            raise AccessDenied(SIGNED_IN)
        return now
