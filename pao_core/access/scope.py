"""Tenant scope: every selectable here is limited to the reseller sites that a viewer may see.

A row belongs to the reseller on it; that reseller's distributor at the time of loading also reads it (semantics.md,
"Who sees what"). Feature modules reach tenant tables through `Viewer`, which calls this, and through nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, Table, and_, case, func, or_, select, tuple_, union

from pao_core.locale import language
from pao_core.store.kept import kept
from pao_core.store.schema import TENANT, agreements, metadata, parts, sites, stub_names
from pao_core.store.schema import contacts as contacts_table
from pao_core.store.schema import resellers as resellers_table

# The facts whose rows make a customer site visible.
SITE_FACTS = ("orders", "renewals", "entitlements", "subscriptions")


def visible(table: Table, own: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition that a row of a tenant table is the viewer's or was sold through it; false for a viewer of nothing."""
    return or_(table.c.reseller_site_number.in_(own), table.c.distributor_site_number.in_(own))


def tenant_rows(name: str, own: tuple[str, ...]) -> Subquery:
    """The visible rows of a tenant table, with all its columns."""
    table = metadata.tables[name]
    assert table in TENANT, f"{name} is no tenant table"
    return select(table).where(visible(table, own)).subquery(name)


def own_rows(name: str, own: tuple[str, ...]) -> Subquery:
    """The rows of a tenant table that are the viewer's own: not those that it reads as a distributor."""
    table = metadata.tables[name]
    assert table in TENANT, f"{name} is no tenant table"
    return select(table).where(table.c.reseller_site_number.in_(own)).subquery(name)


def assigned(rows: FromClause, own: tuple[str, ...], account_managers: Sequence[str]) -> ColumnElement[bool]:
    """The condition that one of these account managers (e-mails) looks after the site of a row for the row's reseller, which is
    one of the viewer's own."""
    kept = own_rows("assignments", own)
    looked_after = select(kept.c.reseller_site_number, kept.c.site_number).where(kept.c.account_manager.in_(account_managers))
    return tuple_(rows.c.reseller_site_number, rows.c.site_number).in_(looked_after)


Columns = dict[str, ColumnElement[Any]]


def with_sites(joined: FromClause, rows: FromClause, viewers: tuple[str, ...]) -> tuple[FromClause, Columns]:
    """`joined` (which holds `rows` with reseller_site_number and site_number) joined to its sites and their agreements.

    Gives the join and its columns: site_name, site_country, site_role, state, city, industry, ibm_customer_number,
    agreement_number, customer, customer_name, customer_folded, program, first_order_date, anniversary_date, price_level,
    customer_type, agreement_status. Customer is the agreement number, else the site number. A stub's name shows to the
    reseller whose file gave it alone: to one of `viewers`, on its own rows (not to the distributor that reads along).
    """
    own = stub_names.alias("own_site_names")
    return (
        joined.join(sites, sites.c.site_number == rows.c.site_number)
        .outerjoin(own, _own_name(own, "site", rows, viewers, sites.c.site_number, sites.c.stub))
        .outerjoin(agreements, agreements.c.agreement_number == sites.c.agreement_number)
    ), _site_columns(func.coalesce(own.c.name, sites.c.name), func.coalesce(own.c.name_folded, sites.c.name_folded))


_AGREEMENT_NAMES = and_(sites.c.agreement_number.is_not(None), agreements.c.stub.is_(False))


def _site_columns(site_name: ColumnElement[str], site_folded: ColumnElement[str]) -> Columns:
    return {
        "site_name": site_name, "site_country": sites.c.country, "site_role": sites.c.role, "state": sites.c.state, "city": sites.c.city,
        "industry": sites.c.industry, "ibm_customer_number": sites.c.ibm_customer_number,
        "agreement_number": sites.c.agreement_number, "customer": func.coalesce(sites.c.agreement_number, sites.c.site_number),
        "customer_name": case((_AGREEMENT_NAMES, agreements.c.customer_name), else_=site_name),
        "customer_folded": case((_AGREEMENT_NAMES, agreements.c.customer_name_folded), else_=site_folded),
        "program": agreements.c.program, "first_order_date": agreements.c.first_order_date, "anniversary_date": agreements.c.anniversary_date,
        "price_level": agreements.c.price_level, "customer_type": agreements.c.customer_type, "agreement_status": agreements.c.status,
    }


def site_matches(
    rows: FromClause, viewers: tuple[str, ...], where: Callable[[Columns], Sequence[ColumnElement[bool]]]
) -> ColumnElement[bool]:
    """The condition that the site of a row satisfies `where`, which is given the columns of `with_sites`.

    The same as filtering that join, but asked of every site once and not of every row.
    """
    own = stub_names.alias("own_site_names")
    asked, asked_of_renamed = (where(_site_columns(*names)) for names in ((sites.c.name, sites.c.name_folded), (own.c.name, own.c.name_folded)))
    known = sites.outerjoin(agreements, agreements.c.agreement_number == sites.c.agreement_number)
    official = select(sites.c.site_number).select_from(known).where(*asked)
    if all(one.compare(other) for one, other in zip(asked, asked_of_renamed, strict=True)):
        return rows.c.site_number.in_(official)  # no name decides
    renamed = (
        select(own.c.reseller_site_number, own.c.number)
        .select_from(known.join(own, own.c.number == sites.c.site_number))
        .where(sites.c.stub, own.c.kind == "site", own.c.reseller_site_number.in_(viewers))
    )
    pair = tuple_(rows.c.reseller_site_number, rows.c.site_number)
    return or_(
        and_(rows.c.site_number.in_(official), pair.not_in(renamed)),
        pair.in_(renamed.where(*asked_of_renamed)),
    )


def of_agreements(rows: FromClause, numbers: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a row lies at a site of one of these agreements."""
    return rows.c.site_number.in_(select(sites.c.site_number).where(sites.c.agreement_number.in_(numbers)))


def with_parts(joined: FromClause, rows: FromClause, viewers: tuple[str, ...]) -> tuple[FromClause, Columns]:
    """`joined` (which holds `rows` with reseller_site_number and part_number) joined to its parts.

    Gives the join and its columns: part_description (in the language spoken now, else English), family, part_type,
    product_group, points, charge_metric, overage_part. A stub's description shows as its name does in `with_sites`.
    """
    own = stub_names.alias("own_part_names")
    columns: Columns = {
        "part_description": func.coalesce(own.c.name, described(parts)), "family": parts.c.family,
        "part_type": parts.c.part_type, "product_group": parts.c.product_group, "points": parts.c.points,
        "charge_metric": parts.c.charge_metric, "overage_part": parts.c.overage_part,
    }
    return (
        joined.join(parts, parts.c.part_number == rows.c.part_number)
        .outerjoin(own, _own_name(own, "part", rows, viewers, parts.c.part_number, parts.c.stub))
    ), columns


def described(part: FromClause) -> ColumnElement[str]:
    """The description of a part in the language spoken now, else in English."""
    spoken = {"pt_BR": part.c.description_pt, "es": part.c.description_es}.get(language())
    return part.c.description if spoken is None else func.coalesce(spoken, part.c.description)


def with_products(joined: FromClause, rows: FromClause, viewers: tuple[str, ...]) -> tuple[FromClause, Columns]:
    """`joined` joined to its parts as `with_parts` does, and to the licences that these belong to.

    Adds to the columns: product, the part number of the licence; product_name, its description; and renewal_name, that of
    the part that renews it. A renewal or reinstatement part belongs to the licence that it names, or else that names it;
    any other part is its own product.
    """
    joined, columns = with_parts(joined, rows, viewers)
    naming = union(*(
        select(parts.c[link].label("part_number"), parts.c.part_number.label("licence"))
        .where(parts.c[link].is_not(None), parts.c.license_part.is_(None))
        for link in ("renewal_part", "reinstatement_part"))).subquery()
    named = select(naming.c.part_number, func.min(naming.c.licence).label("licence")).group_by(naming.c.part_number).subquery("named_by")
    licences, renewing = parts.alias("licences"), parts.alias("renewing")
    product = func.coalesce(parts.c.license_part, named.c.licence, parts.c.part_number)
    official = and_(licences.c.stub.is_(False), licences.c.part_number != parts.c.part_number)
    columns |= {"product": product, "product_name": case((official, described(licences)), else_=columns["part_description"]),
                "renewal_name": described(renewing)}
    return (
        joined.outerjoin(named, named.c.part_number == parts.c.part_number).outerjoin(licences, licences.c.part_number == product)
        .outerjoin(renewing, renewing.c.part_number == licences.c.renewal_part)
    ), columns


def _own_name(
    own: FromClause, kind: str, rows: FromClause, viewers: tuple[str, ...], number: ColumnElement[str], stub: ColumnElement[bool]
) -> ColumnElement[bool]:
    """The condition that a row of stub_names is what the row's reseller, one of `viewers`, called the stub."""
    given = and_(own.c.kind == kind, own.c.number == number, own.c.reseller_site_number == rows.c.reseller_site_number)
    return and_(stub, given, own.c.reseller_site_number.in_(viewers))


def links(own: tuple[str, ...]) -> Subquery:
    """The distinct (reseller_site_number, site_number) of every row that the viewer sees."""
    facts = (metadata.tables[name] for name in SITE_FACTS)
    return union(
        *(select(fact.c.reseller_site_number, fact.c.site_number).where(visible(fact, own)) for fact in facts)
    ).subquery("links")


def seen_at(site: str, own: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The conditions that there is a visible row at a customer's site, one for each kind of row: asked of one site alone."""
    facts = (metadata.tables[name] for name in SITE_FACTS)
    return [select(fact.c.id).where(fact.c.site_number == site, visible(fact, own)).exists() for fact in facts]


def contacts(own: tuple[str, ...]) -> Subquery:
    """The contacts of the sites that a visible row makes visible, with all columns."""
    seen = customers(own)
    return select(contacts_table).where(contacts_table.c.site_number.in_(select(seen.c.site_number))).subquery("contacts")


def customers(own: tuple[str, ...]) -> FromClause:
    """One row for each (reseller, site) that the viewer sees a row of; columns: the two numbers and those of `with_sites`."""
    seen = links(own)
    joined, columns = with_sites(seen, seen, own)
    named = [column.label(name) for name, column in columns.items()]
    return kept(select(seen.c.reseller_site_number, seen.c.site_number, *named).select_from(joined), "customers")


def resellers(own: tuple[str, ...]) -> Subquery:
    """Site number and name of the resellers whose rows the viewer may see: its own, and those sold through them."""
    seen = links(own)
    through = select(seen.c.reseller_site_number)
    return (
        select(resellers_table.c.site_number, resellers_table.c.name, resellers_table.c.tier)
        .where(or_(resellers_table.c.site_number.in_(own), resellers_table.c.site_number.in_(through)))
        .subquery("visible_resellers")
    )
