"""Agreements, sites, parts and exchange rates, and who looks after a site."""

from __future__ import annotations

from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.importing.bench import Bench, Sql
from pao_core.importing.mapping import Mapped
from pao_core.locale import N_
from pao_core.store.schema import memberships, users

PART_SHAPE = "[A-Z][A-Z0-9]{4}[A-Z]{2}"
AGREEMENT_SHAPE = "[0-9]{4,10}"
BASE = "EUR"  # rates are units of a currency for one euro


def check_agreements(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """An anniversary is the first of a month, an agreement number a few digits: anything else is warned of."""
    bench.warn("day(v_anniversary_date) <> 1", N_("The anniversary {value} is not the first of a month."), value=Sql("v_anniversary_date"))
    _warn_of_shape(bench, "agreement_number", AGREEMENT_SHAPE)


def check_sites(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """A site without an agreement is warned of."""
    bench.warn("v_agreement_number IS NULL", N_("The site has no agreement."))


def check_parts(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """A part number of another form is warned of."""
    _warn_of_shape(bench, "part_number", PART_SHAPE)


def check_assignments(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """An account manager is a user of the row's reseller; of other resellers' users nothing is told."""
    bench.run("CREATE TABLE members (reseller VARCHAR, email VARCHAR)")
    member = select(memberships.c.reseller_site_number, users.c.email).join(users, users.c.id == memberships.c.user_id)
    with viewer.store.reading() as connection:
        for (reseller,) in bench.all("SELECT text FROM known_reseller_site_number"):
            found = connection.execute(member.where(memberships.c.reseller_site_number == reseller))
            bench.insert("members", [tuple(row) for row in found])
    bench.reject("v_account_manager IS NOT NULL AND email IS NULL", N_("{column}: {value} is no user of reseller {reseller}."),
                 "rows LEFT JOIN members ON reseller = v_reseller_site_number AND email = v_account_manager",
                 column=mapped.word("account_manager"), value=Sql("v_account_manager"), reseller=Sql("v_reseller_site_number"))


def check_exchange_rates(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """A rate is above zero; the euro has none, for it is what rates are given for."""
    bench.reject("v_rate <= 0", N_("{column}: {value} is not above zero."), "given JOIN rows USING (line)",
                 column=mapped.word("rate"), value=Sql("t_rate"))
    bench.reject(f"v_currency = '{BASE}'", N_("{currency} is what rates are given for: it has none itself."), currency=BASE)


def _warn_of_shape(bench: Bench, name: str, shape: str) -> None:
    bench.warn(f"NOT regexp_full_match(v_{name}, '{shape}')", N_("{column}: {value} does not have the usual form."),
               column=name, value=Sql(f"v_{name}"))
