"""Tenant scope: every selectable here is limited to the reseller sites that a viewer may see.

A row belongs to the reseller on it; that reseller's distributor at the time of loading also reads it (semantics.md,
"Who sees what"). Feature modules reach tenant tables through `Viewer`, which calls this, and through nothing else.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, Subquery, Table, and_, case, distinct, func, or_, select, union

from pao_core.store.schema import TENANT, agreements, metadata, parts, sites, stub_names
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


def named_sites(links: FromClause) -> Subquery:
    """Sites and agreements joined to `links` (reseller_site_number, site_number), named as that reseller may see them.

    Columns: reseller_site_number, site_number, site_name, site_country, site_role, industry, agreement_number, customer,
    customer_name, customer_folded, program, anniversary_date, price_level, customer_type. Customer is the agreement
    number, else the site number. A stub's name given by another reseller's file stays with that reseller.
    """
    own_name = _own_name("site", links.c.reseller_site_number, sites.c.site_number, sites.c.stub)
    site_name = func.coalesce(stub_names.c.name, sites.c.name)
    site_folded = func.coalesce(stub_names.c.name_folded, sites.c.name_folded)
    in_agreement = sites.c.agreement_number.is_not(None)
    named_agreement = and_(in_agreement, agreements.c.stub.is_(False))
    joined = (
        links.join(sites, sites.c.site_number == links.c.site_number)
        .outerjoin(stub_names, own_name)
        .outerjoin(agreements, agreements.c.agreement_number == sites.c.agreement_number)
    )
    return select(
        links.c.reseller_site_number, links.c.site_number, site_name.label("site_name"), sites.c.country.label("site_country"),
        sites.c.role.label("site_role"), sites.c.industry, sites.c.agreement_number,
        func.coalesce(sites.c.agreement_number, sites.c.site_number).label("customer"),
        case((named_agreement, agreements.c.customer_name), else_=site_name).label("customer_name"),
        case((named_agreement, agreements.c.customer_name_folded), else_=site_folded).label("customer_folded"),
        agreements.c.program, agreements.c.anniversary_date, agreements.c.price_level, agreements.c.customer_type,
    ).select_from(joined).subquery("named_sites")


def named_parts(rows: FromClause) -> Subquery:
    """Parts joined to `rows` (reseller_site_number, part_number), described as that reseller may see them.

    Columns: reseller_site_number, part_number, part_description (English), description_pt, description_es, family,
    part_type, product_group, points.
    """
    own_name = _own_name("part", rows.c.reseller_site_number, parts.c.part_number, parts.c.stub)
    joined = rows.join(parts, parts.c.part_number == rows.c.part_number).outerjoin(stub_names, own_name)
    return select(
        rows.c.reseller_site_number, rows.c.part_number, func.coalesce(stub_names.c.name, parts.c.description).label("part_description"),
        parts.c.description_pt, parts.c.description_es, parts.c.family, parts.c.part_type, parts.c.product_group, parts.c.points,
    ).select_from(joined).subquery("named_parts")


def _own_name(kind: str, reseller: ColumnElement[str], number: ColumnElement[str], stub: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a row of stub_names is what this reseller called the stub."""
    return and_(stub, stub_names.c.kind == kind, stub_names.c.number == number, stub_names.c.reseller_site_number == reseller)


def links(own: tuple[str, ...]) -> Subquery:
    """The distinct (reseller_site_number, site_number) of every row that the viewer sees."""
    facts = (metadata.tables[name] for name in SITE_FACTS)
    return union(
        *(select(fact.c.reseller_site_number, fact.c.site_number).where(visible(fact, own)) for fact in facts)
    ).subquery("links")


def customers(own: tuple[str, ...]) -> Subquery:
    """One row for each (reseller, site) that the viewer sees a row of; columns as `named_sites`."""
    return named_sites(links(own))


def resellers(own: tuple[str, ...]) -> Subquery:
    """Site number and name of the resellers whose rows the viewer may see: its own, and those sold through them."""
    seen = links(own)
    through = select(distinct(seen.c.reseller_site_number))
    return (
        select(resellers_table.c.site_number, resellers_table.c.name, resellers_table.c.tier)
        .where(or_(resellers_table.c.site_number.in_(own), resellers_table.c.site_number.in_(through)))
        .subquery("visible_resellers")
    )
