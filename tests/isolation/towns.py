"""Towns: made-up markets of two to four resellers whose every row says, in a word that stands nowhere else, who may read it.

A *mark* is such a word. It is in the order, quote and subscription numbers that are not shared on purpose, in the purchase orders, names,
e-mails, file names and answers of forms. What a viewer may be told is then a set of marks, and a leak is a mark outside of it.
"""

from __future__ import annotations

import gzip
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import world as worlds
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, insert, or_, select, text, update
from world import World

from pao_core import replica
from pao_core.access import Viewer, visits
from pao_core.access.rights import ACCESS_VIEW, CONTACTS_VIEW, DATA_IMPORT, PRESETS, REPORTING_VIEW, granted
from pao_core.filters import Filters
from pao_core.store.engine import Store
from pao_core.store.schema import (
    TENANT,
    access_requests,
    agreements,
    approval_limits,
    assignments,
    audit,
    batches,
    calendar_feeds,
    contacts,
    import_jobs,
    mappings,
    memberships,
    metadata,
    note_versions,
    notes,
    orders,
    primary_offers,
    renewals,
    resellers,
    saved_views,
    second_factors,
    sessions,
    sign_ins,
    site_contacts,
    sites,
    stub_names,
    users,
    view_marks,
)
from pao_core.store.schema import visits as visits_table

TODAY = date(2026, 11, 24)
FIRST_LOOK = datetime(2026, 11, 20, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALL = PRESETS["primary"]
RESELLERS = (2, 3, 4)  # of a town
EDITIONS = (date(2026, 1, 1), date(2027, 1, 1))  # of prices: in force, and to come
LOOKING, LOADING, OFFICE = {"reporting": "view"}, {"data": "import", "price_files": "download"}, {"access": "view", "contacts": "view"}
SITE_FACTS = ("orders", "renewals", "entitlements", "subscriptions")


@dataclass(frozen=True)
class Face:
    """Somebody who looks: privileges by the number of a reseller, whether it is the operator, and the one site that it has chosen."""

    at: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = ()
    operator: bool = False
    chosen: int | None = None

    def of(self, right: str) -> set[int]:
        """The resellers at which the face has a right now."""
        return {reseller for reseller, privileges in self.at if right in granted(dict(privileges)) and self.chosen in (None, reseller)}

    @property
    def places(self) -> set[int]:
        """The resellers at which it has a place, whatever it may do there."""
        return {reseller for reseller, _privileges in self.at}

    @property
    def email(self) -> str:
        return f"{self.mark}@desk.example"

    @property
    def mark(self) -> str:
        told = "".join(f"{reseller}{''.join(tool[0] for tool, _level in privileges)}" for reseller, privileges in self.at)
        return f"zqu{told or 'none'}{'op' if self.operator else ''}{'' if self.chosen is None else f'at{self.chosen}'}zq"


def face(*at: tuple[int, dict[str, str]], operator: bool = False, chosen: int | None = None) -> Face:
    return Face(tuple((reseller, tuple(sorted(privileges.items()))) for reseller, privileges in at), operator, chosen)


@dataclass(frozen=True)
class Plan:
    """What hypothesis decides of a town: `tied` is each reseller's distributor."""

    seed: int
    tied: tuple[int | None, ...]
    sites: int
    lines: int
    faces: tuple[Face, ...]


@st.composite
def plans(draw: st.DrawFn, count: int) -> Plan:
    """So many resellers of which the first may distribute to the others, three to nine customer sites that all of them share, and four
    who look: two primary contacts, and two of whatever rights."""
    tied = (None, *(draw(st.sampled_from([0, 0, None])) for _ in range(count - 1)))
    every = st.integers(0, count - 1)
    first = draw(every)
    second = draw(every.filter(lambda one: one != first))
    odd = st.one_of(
        st.sampled_from([
            face(operator=True), face((first, ALL), operator=True), face((first, {})), face((first, LOOKING), (second, LOADING)),
            face((second, LOADING)), face((first, ALL), (second, ALL)), face((first, ALL), (second, ALL), chosen=second),
            face((first, ALL), (second, LOOKING)), face((second, OFFICE)), face((first, LOOKING), (second, OFFICE)),
        ]),
        st.builds(face, st.tuples(every, st.just(LOOKING))),
    )
    faces = (face((first, ALL)), face((second, ALL)), *draw(st.lists(odd, min_size=2, max_size=2, unique=True)))
    return Plan(draw(st.integers(0, 2**32 - 1)), tied, draw(st.integers(3, 9)), draw(st.integers(8, 24)), faces)


def in_towns(resellers: int, times: int) -> Callable[[Callable[[Plan], None]], Callable[[], None]]:
    """Run a function in so many towns of so many resellers."""
    def run(told: Callable[[Plan], None]) -> Callable[[], None]:
        @settings(max_examples=times, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(plans(resellers))
        def in_each(plan: Plan) -> None:
            told(plan)
        return in_each
    return run


def of_reseller(reseller: int) -> str:
    """A reseller's own number: to be read wherever one of its rows is."""
    return f"zqr{reseller}zq"


def of_row(reseller: int, through: int | None) -> str:
    """The mark of a row that a distributor may read along."""
    return f"zq{reseller}{'x' if through is None else through}zq"


def of_own(reseller: int) -> str:
    """The mark of what is the reseller's alone: its people, its names for stubs, who looks after which site."""
    return f"zqo{reseller}zq"


def of_loading(reseller: int) -> str:
    """The mark of what those see who may import for the reseller."""
    return f"zqi{reseller}zq"


def of_request(reseller: int) -> str:
    """The mark of who asks for access to the reseller's site."""
    return f"zqq{reseller}zq"


def of_claim(reseller: int) -> str:
    """The mark of who asks for it and claims to be its primary contact."""
    return f"zqm{reseller}zq"


def of_contact(reseller: int) -> str:
    """The mark of whom to reach at the reseller's site."""
    return f"zqc{reseller}zq"


def of_act(reseller: int) -> str:
    """The mark of what was done to people at the reseller's site."""
    return f"zqd{reseller}zq"


def of_import(reseller: int) -> str:
    """The mark of the imports of the reseller's data in the audit."""
    return f"zqe{reseller}zq"


def of_session(who: Face) -> str:
    """The mark of where somebody is signed in."""
    return f"zqk{who.mark}"


def of_site(site: int | str) -> str:
    return f"zqs{site}zq"


def of_agreement(agreement: int) -> str:
    return f"zqa{agreement}zq"


@dataclass
class Town:
    """A plan with its rows. `late` are those that come in a second change, a batch of each reseller's."""

    plan: Plan
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        pick = random.Random(self.plan.seed)
        for number in range(self.plan.sites // 2 + 1):
            mark = of_agreement(number)
            self.world.agreements[mark] = {
                "agreement_number": mark, "program": pick.choice(["PA", "PAX", None]), "customer_name": f"Grupo {mark}",
                "customer_name_folded": f"grupo {mark}", "anniversary_date": pick.choice([None, date(2024, 2, 29), date(2022, 12, 1)]),
                "price_level": pick.choice(["BL", "D", None]),
            }
        for number in range(self.plan.sites):
            mark, stub = of_site(number), pick.random() < 0.4
            self.world.sites[mark] = {
                "site_number": mark, "name": f"Casa {mark}", "name_folded": f"casa {mark}", "country": pick.choice(["BR", "PT"]),
                "agreement_number": pick.choice([*self.world.agreements, None]), "stub": stub,
            }
            self.world.contacts += [{"site_number": mark, "email": f"{role}@{mark}.example", "name": f"Pessoa {mark}", "role": role, "phone": None}
                                    for role in ("primary", "renewal") if pick.random() < 0.8]
        for number in range(5):
            self.world.parts[f"D{number:04}LL"] = {
                "part_number": f"D{number:04}LL", "description": f"Part {number}", "product_group": pick.choice(["Automation", "Security", None]),
                "part_type": ("license", "renewal", "committed_term", "saas", None)[number], "charge_metric": None,
                "points": pick.choice([None, Decimal(2)]), "stub": number == 4,
            }
        self._prices(pick)
        for reseller in range(len(self.plan.tied)):
            self._rows_of(pick, reseller)
        self.world.rates = {("BRL", TODAY - timedelta(days)): Decimal(5) + days for days in (1, 300)}

    def _prices(self, pick: random.Random) -> None:
        for part in list(self.world.parts)[:3]:
            for country, currency in (("BR", "BRL"), ("PT", "EUR")):
                self.world.prices += [{
                    "part_number": part, "country": country, "currency": currency, "price_level": level, "effective_from": day,
                    "effective_to": None, "unit_price": Decimal(pick.randrange(1, 900)), "points": None,
                } for level in ("BL", "D") for day in EDITIONS]

    def _rows_of(self, pick: random.Random, reseller: int) -> None:
        """The rows of one reseller. Some numbers are another's too: who asks by number alone meets both."""
        world, own = self.world, {"reseller_site_number": of_reseller(reseller)}
        managers = [f"{name}@{of_own(reseller)}.example" for name in ("ana", "rui")]
        for site in world.sites:
            if pick.random() < 0.5:
                world.assignments.append(own | {"site_number": site, "account_manager": pick.choice(managers),
                                                "distributor_site_number": self._stamp(pick, reseller)[1]})
            if world.sites[site]["stub"] and pick.random() < 0.7:
                world.names[of_reseller(reseller), site] = f"Nome {of_own(reseller)}"
        for at in range(self.plan.lines):
            mark, through = self._stamp(pick, reseller)
            row = own | {"distributor_site_number": through}
            there = row | {"site_number": pick.choice(list(world.sites)), "part_number": pick.choice(list(world.parts))}
            currency, day = pick.choice(["BRL", "BRL", "EUR"]), TODAY - timedelta(pick.randrange(500))
            quantity, price = Decimal(pick.randrange(1, 90)), Decimal(pick.randrange(1, 10_000))
            priced = {"quantity": quantity, "unit_price": price, "currency": currency, "amount": quantity * price}
            quote, order = (pick.choice([f"{kind}{at // 2}", f"{mark}{kind}{at // 2}"]) for kind in "QP")
            world.orders.append(there | priced | {
                "order_number": order, "line_number": at + 1, "order_date": day, "order_type": pick.choice(["purchase", "renewal"]), "country": "BR",
                "po_number": f"{mark}po", "status": pick.choice(["invoiced", mark]), "quote_number": pick.choice([None, quote]),
            })
            due, status = TODAY + timedelta(pick.randrange(-120, 300)), pick.choice(["open", "open", "open", "renewed", "lapsed"])
            world.renewals.append(there | priced | {
                "quote_number": quote, "line_number": at + 1, "coverage_start": due + timedelta(1), "coverage_end": due + timedelta(365),
                "due_date": due, "quote_expires": pick.choice([None, due]), "status": status,
                "renewed_on": min(due, TODAY) if status == "renewed" else None, "prior_unit_price": pick.choice([None, price]),
            })
            if at % 2:
                continue
            start = TODAY - timedelta(at * 40 + reseller)
            world.entitlements.append(there | {
                "coverage_start": start, "quantity": quantity, "kind": pick.choice(["purchased", "renewed", None]),
                "coverage_end": start + timedelta(pick.choice([200, 900])), "deployed_quantity": pick.choice([None, Decimal(100)]),
            })
            number = pick.choice([f"S{at}", f"{mark}S{at}"])
            world.subscriptions.append(there | {
                "subscription_number": number, "order_number": order, "ordered_on": start, "provisioned_on": None, "start": start,
                "end": TODAY + timedelta(at * 9 + reseller),
                "entitled_quantity": quantity, "billing": "annual", "renewal_type": mark,
                "fulfillment_status": pick.choice(["active", "awaiting_form", "suspended"]),
            })
            world.usage.append(row | {
                "subscription_number": number, "period_start": start, "period_end": start + timedelta(29), "used_quantity": quantity,
                "overage_quantity": Decimal(3), "suppressed": True, "suppression_reason": mark,
            })
            world.provisioning.append(row | {"subscription_number": number, "element": "Data centre", "required": True, "value": mark,
                                             "submitted_on": start, "submitted_by": mark})

    def _stamp(self, pick: random.Random, reseller: int) -> tuple[str, str | None]:
        """The mark of a row and its distributor: mostly today's, sometimes that of another time, sometimes none."""
        others = [one for one in range(len(self.plan.tied)) if one != reseller]
        through = pick.choice([self.plan.tied[reseller], self.plan.tied[reseller], None, pick.choice(others)])
        return of_row(reseller, through), None if through is None else of_reseller(through)

    # -- what a face may be told --------------------------------------------------------------------------------------
    def facts(self) -> list[dict[str, Any]]:
        """The rows that make a site visible."""
        return [row for name in SITE_FACTS for row in getattr(self.world, name)]

    def marks(self) -> set[str]:
        """Every mark of the town."""
        count = range(len(self.plan.tied))
        kinds = (of_reseller, of_own, of_loading, of_request, of_claim, of_contact, of_act, of_import)
        return {*self.world.sites, *self.world.agreements, *(kind(one) for one in count for kind in kinds), *(of_site(f"n{one}") for one in count),
                *(one.mark for one in self.plan.faces), *(of_session(one) for one in self.plan.faces),
                *(of_row(one, through) for one in count for through in (None, *count))}

    @property
    def primaries(self) -> dict[int, Face]:
        """The primary contact of each reseller that has one."""
        return {one.at[0][0]: one for one in self.plan.faces[:2]}

    def offered(self) -> tuple[int, Face] | None:
        """The reseller whose primary role is offered, and to whom."""
        reseller = self.plan.faces[1].at[0][0]
        return next(((reseller, one) for one in self.plan.faces[2:] if reseller in one.places), None)

    def told(self, face: Face) -> set[str]:
        """The marks that a face may read."""
        count = range(len(self.plan.tied))
        return self._told_of_data(face) | self._told_of_people(face) | {
            face.mark, of_session(face), *(of_reseller(one) for one in (count if face.operator else face.places))}

    def _told_of_data(self, face: Face) -> set[str]:
        read, load, count = face.of(REPORTING_VIEW), face.of(DATA_IMPORT), range(len(self.plan.tied))
        numbers = {of_reseller(one) for one in read}
        seen = [row for row in self.facts() if numbers & {row["reseller_site_number"], row["distributor_site_number"]}]
        through = [row for row in [*self.facts(), *self.world.assignments] if row["reseller_site_number"] in numbers]
        there = {row["site_number"] for row in seen}
        return {
            *there, *(self.world.sites[site]["agreement_number"] or "" for site in there), *(row["reseller_site_number"] for row in seen),
            *(of_row(one, by) for one in count for by in (None, *count) if one in read or by in read), *(of_own(one) for one in read),
            *(of_loading(one) for one in load), *(of_site(f"n{one}") for one in read | load),
            *(row["distributor_site_number"] or "" for row in through),
            *(row["site_number"] for row in self.world.assignments if row["reseller_site_number"] in numbers),
        }

    def _told_of_people(self, face: Face) -> set[str]:
        access, reach, count = face.of(ACCESS_VIEW), face.of(CONTACTS_VIEW), range(len(self.plan.tied))
        together = access | face.of(REPORTING_VIEW) | face.of(DATA_IMPORT)
        offer = self.offered()
        return {
            *(one.mark for one in self.plan.faces if face.operator or one.places & together),
            *(one.mark for reseller, one in self.primaries.items() if reseller in reach),
            *(self.plan.faces[1].mark for _one in count if offer and offer[1] == face),
            *(of_request(one) for one in count if (one in access if one in self.primaries else face.operator)),
            *(of_claim(one) for one in count if face.operator), *(of_act(one) for one in count if face.operator or one in access),
            *(of_contact(one) for one in count if face.operator or one in access | reach), *(of_import(one) for one in access),
        }

    # -- stores -------------------------------------------------------------------------------------------------------
    def settle(self, store: Store) -> None:
        """Put the town into an empty store: people and rows, a look of everybody's, then a batch and a change of each reseller's."""
        count = range(len(self.plan.tied))
        with store.writing("test") as writing:
            for one in count:
                by = self.plan.tied[one]
                writing.connection.execute(insert(resellers).values(
                    site_number=of_reseller(one), name=f"Casa {of_reseller(one)}", country="BR", tier="reseller", stub=False, txn=writing.txn,
                    distributor_site_number=None if by is None else of_reseller(by)))
            for at, one in enumerate(self.plan.faces):
                self._join(writing.connection, one, "primary" if at < 2 else "user")
        self.world.write(store)
        seen = store.change_number()
        with store.reading() as connection:
            ids = {row.email: row.id for row in connection.execute(select(users.c.email, users.c.id))}
        for user_id in ids.values():
            visits.look(store, user_id, seen, FIRST_LOOK)
        for one in count:
            self._later(store, one)
        self._office(store, ids)
        with store.desk_writing() as connection:
            connection.execute(insert(import_jobs), [{
                "id": f"job-{who.mark}", "user_id": ids[who.email], "started_at": FIRST_LOOK, "state": "done", "step": "", "done": 1, "total": 1,
                "result": {"result": {"file": who.mark}}, "rejected_rows": gzip.compress(who.mark.encode()),
            } for who in self.plan.faces])

    def _join(self, connection: Connection, who: Face, role: str) -> None:
        """The person, its places and, for a primary contact, a second factor."""
        user_id = connection.execute(insert(users).values(email=who.email, name=who.mark, operator=who.operator, status="active",
                                                          created_at=FIRST_LOOK).returning(users.c.id)).scalar_one()
        for reseller, privileges in who.at:
            connection.execute(insert(memberships).values(user_id=user_id, reseller_site_number=of_reseller(reseller), role=role,
                                                          privileges=dict(privileges)))
        if role == "primary":
            connection.execute(insert(second_factors).values(user_id=user_id, secret="", confirmed_at=FIRST_LOOK))

    def _office(self, store: Store, ids: dict[str, int]) -> None:
        """What is kept of people at each reseller's own site: requests, contacts, limits, an offer, and what was done, in the audit."""
        with store.writing("test") as writing:
            connection = writing.connection
            for one in range(len(self.plan.tied)):
                site = {"reseller_site_number": of_reseller(one)}
                connection.execute(insert(access_requests), [site | {
                    "email": f"{name}@{mark}.example", "name": mark, "form": "authorization", "claims_primary": mark == of_claim(one),
                    "asked_at": FIRST_LOOK, "state": state, "decided_at": None if state == "waiting" else FIRST_LOOK,
                    "decided_by": None if state == "waiting" else f"who@{mark}.example", "reason": None if state == "waiting" else mark,
                } for mark in (of_request(one), of_claim(one)) for name, state in (("a", "waiting"), ("b", "denied"))])
                connection.execute(insert(site_contacts).values(
                    types=["technical"], first_name=of_contact(one), last_name=of_contact(one), email=f"c@{of_contact(one)}.example", version=1,
                    changed_at=FIRST_LOOK, changed_by=f"d@{of_contact(one)}.example", **site))
                connection.execute(insert(approval_limits).values(role="user", currency="BRL", amount=1_000 + one, **site))
                connection.execute(insert(audit), [site | {
                    "at": FIRST_LOOK, "actor": mark, "act": act, "object": mark, "facts": {"dataset": "orders", "after": {"name": mark}},
                } for mark, act in ((of_act(one), "user.changed"), (of_contact(one), "contact.changed"), (of_import(one), "import"))])
            self._views(connection, ids)
            if offer := self.offered():
                connection.execute(insert(primary_offers).values(
                    reseller_site_number=of_reseller(offer[0]), from_user_id=ids[self.plan.faces[1].email], to_user_id=ids[offer[1].email],
                    offered_at=FIRST_LOOK, expires_at=datetime(2999, 1, 1, tzinfo=UTC)))
        with store.desk_writing() as connection:
            connection.execute(insert(sign_ins), [{"at": FIRST_LOOK, "email": who.email, "address": who.mark, "succeeded": True}
                                                  for who in self.plan.faces])
            connection.execute(insert(sessions), [{
                "token_hash": f"token of {who.mark}", "user_id": ids[who.email], "credentials": "", "created_at": FIRST_LOOK, "used_at": NOW,
                "expires_at": NOW + timedelta(1), "handle": f"handle-{who.mark}", "address": of_session(who)} for who in self.plan.faces])

    def _views(self, connection: Connection, ids: dict[str, int]) -> None:
        """A view of everybody's own, on Home and with a calendar, and one that is shared at each reseller's site."""
        at = {"created_at": FIRST_LOOK, "changed_at": FIRST_LOOK, "version": 1, "parameters": {"country": ["BR", "PT"]}}
        for who in self.plan.faces:
            made = connection.execute(insert(saved_views).values(
                user_id=ids[who.email], name=of_session(who), page="renewals", shared=False, **at).returning(saved_views.c.id)).scalar_one()
            connection.execute(insert(view_marks).values(user_id=ids[who.email], view_id=made, pinned_at=FIRST_LOOK, default_of="renewals"))
            connection.execute(insert(calendar_feeds).values(
                token_hash=f"calendar of {who.mark}", user_id=ids[who.email], view_id=made, created_at=FIRST_LOOK))
        for one in range(len(self.plan.tied)):
            owner = next((who for who in self.plan.faces if one in who.places), None)
            if owner:
                connection.execute(insert(saved_views).values(
                    user_id=ids[owner.email], name=of_own(one), page="customers", shared=True, reseller_site_number=of_reseller(one), **at))

    def _later(self, store: Store, reseller: int) -> None:
        """What one reseller's import brought: an order line at a site of its own, under a name of its own; and other prices of its quotes."""
        number, owner = of_site(f"n{reseller}"), of_reseller(reseller)
        with store.writing("test") as writing:
            connection, stamped = writing.connection, {"txn": writing.txn}
            connection.execute(insert(sites).values(site_number=number, name=number, name_folded=number, country="BR", stub=True, **stamped))
            connection.execute(insert(stub_names).values(reseller_site_number=owner, kind="site", number=number, name=f"Nome {of_own(reseller)}",
                                                         name_folded=f"nome {of_own(reseller)}", **stamped))
            connection.execute(insert(stub_names).values(reseller_site_number=owner, kind="part", number="D0004LL", name=f"Parte {of_own(reseller)}",
                                                         name_folded=f"parte {of_own(reseller)}", **stamped))
            connection.execute(insert(orders).values(
                reseller_site_number=owner, order_number="N1", line_number=1, order_date=TODAY, order_type="renewal", site_number=number,
                country="BR", part_number="D0004LL", quantity=Decimal(1), unit_price=Decimal(7), currency="BRL", amount=700,
                po_number=of_row(reseller, None), **stamped))
            self._note(connection, reseller, number)
            connection.execute(insert(batches).values(
                dataset="orders", file_name=f"{of_loading(reseller)}.csv", file_sha256="0", loaded_at=FIRST_LOOK, actor=of_loading(reseller), read=1,
                loaded=1, unchanged=0, rejected=1, warned=1, stubs={"sites": 1}, seconds=Decimal(1), reseller_site_number=owner,
                rejected_rows=gzip.compress(of_loading(reseller).encode()), warned_rows=gzip.compress(of_loading(reseller).encode()), **stamped))
            connection.execute(insert(mappings).values(name=f"Mapa {of_loading(reseller)}", dataset="orders", reseller_site_number=owner,
                                                       headers={"order_number": of_loading(reseller)}))
        with store.writing("test") as writing:
            writing.connection.execute(update(renewals).where(renewals.c.reseller_site_number == owner, renewals.c.line_number % 3 == 0).values(
                unit_price=Decimal(11), txn=writing.txn))

    def _note(self, connection: Connection, reseller: int, site: str) -> None:
        """A step that the reseller's people planned at a site of its own, with what it said before; and a note that was removed."""
        mark, owner = of_own(reseller), {"reseller_site_number": of_reseller(reseller)}
        doing = next((one.email for one in self.plan.faces if reseller in one.places), f"a@{mark}.example")
        said = {"text": f"Said {mark}", "due_on": TODAY, "assignee": doing, "done_at": None, "done_by": None, "changed_at": FIRST_LOOK,
                "changed_by": f"c@{mark}.example"}
        kept = {"site_number": site, "written_at": FIRST_LOOK, "written_by": f"w@{mark}.example", "version": 2}
        step = connection.execute(insert(notes).values(kind="step", removed_at=None, **owner, **said, **kept).returning(notes.c.id)).scalar_one()
        connection.execute(insert(notes).values(kind="note", removed_at=FIRST_LOOK, **owner, **said, **kept))
        connection.execute(insert(note_versions).values(note_id=step, **owner, **said | {"text": f"Before {mark}", "version": 1}))

    def keep_only(self, store: Store, face: Face) -> None:
        """Delete every row that the face may not see."""
        read = {of_reseller(one) for one in face.of(REPORTING_VIEW)}
        load = {of_reseller(one) for one in face.of(DATA_IMPORT)}
        with store.writing("test") as writing:
            connection = writing.connection
            for table in TENANT:
                foreign = table.c.reseller_site_number.not_in(read)
                if "distributor_site_number" in table.c and table is not assignments:  # a distributor reads along, but not the users of others
                    foreign = foreign & or_(table.c.distributor_site_number.is_(None), table.c.distributor_site_number.not_in(read))
                connection.execute(delete(table).where(foreign))
            connection.execute(delete(batches).where(batches.c.reseller_site_number.not_in(load)))
            connection.execute(delete(mappings).where(mappings.c.reseller_site_number.not_in(load)))
            for table in (notes, note_versions):
                connection.execute(delete(table).where(table.c.reseller_site_number.not_in(read)))
            gone = self._without_others_people(connection, face)
            there = [select(metadata.tables[fact].c.site_number) for fact in SITE_FACTS]
            connection.execute(delete(contacts).where(*(contacts.c.site_number.not_in(used) for used in there)))
            there.append(select(assignments.c.site_number))  # whose site need not be visible
            connection.execute(delete(sites).where(*(sites.c.site_number.not_in(used) for used in there)))
            connection.execute(delete(agreements).where(agreements.c.agreement_number.not_in(
                select(sites.c.agreement_number).where(sites.c.agreement_number.is_not(None)))))
        with store.desk_writing() as connection:
            for table in (import_jobs, visits_table, sessions):
                connection.execute(delete(table).where(table.c.user_id.in_(gone)))
            connection.execute(delete(sign_ins).where(sign_ins.c.address.not_in(self.told(face))))

    def _without_others_people(self, connection: Connection, face: Face) -> Sequence[int]:
        """Delete the people that the face knows nothing of, and what is kept of people at others' sites; gives their ids."""
        told, mine = self.told(face), {of_reseller(one) for one in face.places}
        known = select(memberships.c.user_id).where(memberships.c.reseller_site_number.in_(mine))
        gone = [] if face.operator else connection.scalars(select(users.c.id).where(users.c.email != face.email, users.c.id.not_in(known))).all()
        me = select(users.c.id).where(users.c.email == face.email)
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))  # what the database itself keeps from being changed
        connection.execute(delete(audit).where(audit.c.object.not_in(told)))
        connection.execute(delete(access_requests).where(access_requests.c.name.not_in(told)))
        connection.execute(delete(site_contacts).where(site_contacts.c.first_name.not_in(told)))
        connection.execute(delete(approval_limits).where(approval_limits.c.reseller_site_number.not_in(
            of_reseller(one) for one in face.of(CONTACTS_VIEW))))
        if not face.operator:
            connection.execute(delete(primary_offers).where(primary_offers.c.to_user_id.not_in(me), primary_offers.c.reseller_site_number.not_in(
                of_reseller(one) for one in face.of(ACCESS_VIEW))))
        private = saved_views.c.reseller_site_number.is_(None) & saved_views.c.user_id.not_in(me)
        elsewhere = saved_views.c.reseller_site_number.is_not(None) & saved_views.c.reseller_site_number.not_in(
            of_reseller(one) for one in face.of(REPORTING_VIEW))
        connection.execute(delete(saved_views).where(private | elsewhere))
        for table in (memberships, second_factors):
            connection.execute(delete(table).where(table.c.user_id.in_(gone)))
        connection.execute(delete(users).where(users.c.id.in_(gone)))
        return gone


def viewer(store: Store, who: Face) -> Viewer:
    """The face as the product knows it."""
    with store.reading() as connection:
        user_id = connection.scalar(select(users.c.id).where(users.c.email == who.email))
        found = Viewer.of_user(store, user_id or 0, connection, None if who.chosen is None else of_reseller(who.chosen))
    assert found
    return found


def copied(store: Store, folder: Path, opened: Any) -> Store:
    """Another store with the same rows on SQLite: its files, taken while nobody has them open; `opened` opens a folder."""
    replica.forget(store)
    store.dispose()
    shutil.copytree(store.settings.data_dir, folder / "data")
    found: Store = opened(folder)
    return found


def filters(pick: random.Random, town: Town) -> Filters:
    """Filters of none to three kinds, half of them values that others have."""
    world, count = town.world, range(len(town.plan.tied))

    def some(values: Any) -> tuple[Any, ...]:
        known = sorted({value for value in values if value is not None})
        return tuple(pick.sample(known, k=min(len(known), pick.randrange(1, 4))))

    own: list[dict[str, Any]] = [
        {"agreement": some(world.agreements)}, {"site": some([*world.sites, *(of_site(f"n{one}") for one in count)])},
        {"reseller": some(of_reseller(one) for one in count)}, {"quote": some(row["quote_number"] for row in [*world.renewals, *world.orders])},
        {"status": some(row["status"] for row in [*world.renewals, *world.orders])},
        {"account_manager": some(row["account_manager"] for row in world.assignments)},
        {"customer": some(["zq", "casa", "nome", "grupo", of_own(0), of_own(1), *world.agreements])}, {"customer": ("nome",)},
        {"product_group": some(["Automation", "Security"])},
    ]
    fixed = worlds.random_filters(pick, worlds.World(agreements={"9000": {}}, sites={"7100": {}})).but(
        agreement=(), site=(), reseller=(), quote=(), account_manager=(), customer=(), status=())
    chosen: dict[str, Any] = {}
    for kind in pick.sample(own, k=pick.randrange(0, 4)):
        chosen |= kind
    return (fixed if pick.random() < 0.3 else Filters()).but(**chosen)


def table_rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """Every row of a table, in order."""
    return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
