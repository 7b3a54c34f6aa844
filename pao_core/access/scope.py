"""Tenant scope: every selectable here is limited to the reseller sites that a viewer may see.

A row belongs to the reseller on it; that reseller's distributor at the time of loading also reads it (semantics.md,
"Who sees what"). Feature modules reach tenant tables through `Viewer`, which calls this, and through nothing else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Alias, ColumnElement, FromClause, Subquery, Table, and_, case, func, or_, select, union

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


Columns = dict[str, ColumnElement[Any]]


def with_sites(joined: FromClause, rows: FromClause) -> tuple[FromClause, Columns]:
    """`joined` (which holds `rows` with reseller_site_number and site_number) joined to its sites and their agreements.

    Gives the join and its columns: site_name, site_country, site_role, industry, agreement_number, customer,
    customer_name, customer_folded, program, anniversary_date, price_level, customer_type. Customer is the agreement
    number, else the site number. A stub's name given by another reseller's file stays with that reseller.
    """
    own = stub_names.alias("own_site_names")
    named = and_(sites.c.agreement_number.is_not(None), agreements.c.stub.is_(False))
    site_name = func.coalesce(own.c.name, sites.c.name)
    columns: Columns = {
        "site_name": site_name, "site_country": sites.c.country, "site_role": sites.c.role, "industry": sites.c.industry,
        "agreement_number": sites.c.agreement_number, "customer": func.coalesce(sites.c.agreement_number, sites.c.site_number),
        "customer_name": case((named, agreements.c.customer_name), else_=site_name),
        "customer_folded": case((named, agreements.c.customer_name_folded), else_=func.coalesce(own.c.name_folded, sites.c.name_folded)),
        "program": agreements.c.program, "anniversary_date": agreements.c.anniversary_date,
        "price_level": agreements.c.price_level, "customer_type": agreements.c.customer_type,
    }
    return (
        joined.join(sites, sites.c.site_number == rows.c.site_number)
        .outerjoin(own, _own_name(own, "site", rows.c.reseller_site_number, sites.c.site_number, sites.c.stub))
        .outerjoin(agreements, agreements.c.agreement_number == sites.c.agreement_number)
    ), columns


def with_parts(joined: FromClause, rows: FromClause) -> tuple[FromClause, Columns]:
    """`joined` (which holds `rows` with reseller_site_number and part_number) joined to its parts.

    Gives the join and its columns: part_description (English), description_pt, description_es, family, part_type,
    product_group, points. A stub's description given by another reseller's file stays with that reseller.
    """
    own = stub_names.alias("own_part_names")
    columns: Columns = {
        "part_description": func.coalesce(own.c.name, parts.c.description), "description_pt": parts.c.description_pt,
        "description_es": parts.c.description_es, "family": parts.c.family, "part_type": parts.c.part_type,
        "product_group": parts.c.product_group, "points": parts.c.points,
    }
    return (
        joined.join(parts, parts.c.part_number == rows.c.part_number)
        .outerjoin(own, _own_name(own, "part", rows.c.reseller_site_number, parts.c.part_number, parts.c.stub))
    ), columns


def _own_name(
    own: Alias, kind: str, reseller: ColumnElement[str], number: ColumnElement[str], stub: ColumnElement[bool]
) -> ColumnElement[bool]:
    """The condition that a row of stub_names is what this reseller called the stub."""
    return and_(stub, own.c.kind == kind, own.c.number == number, own.c.reseller_site_number == reseller)


def links(own: tuple[str, ...]) -> Subquery:
    """The distinct (reseller_site_number, site_number) of every row that the viewer sees."""
    facts = (metadata.tables[name] for name in SITE_FACTS)
    return union(
        *(select(fact.c.reseller_site_number, fact.c.site_number).where(visible(fact, own)) for fact in facts)
    ).subquery("links")


def customers(own: tuple[str, ...]) -> Subquery:
    """One row for each (reseller, site) that the viewer sees a row of; columns: the two numbers and those of `with_sites`."""
    seen = links(own)
    joined, columns = with_sites(seen, seen)
    named = [column.label(name) for name, column in columns.items()]
    return select(seen.c.reseller_site_number, seen.c.site_number, *named).select_from(joined).subquery("customers")


def resellers(own: tuple[str, ...]) -> Subquery:
    """Site number and name of the resellers whose rows the viewer may see: its own, and those sold through them."""
    seen = links(own)
    through = select(seen.c.reseller_site_number)
    return (
        select(resellers_table.c.site_number, resellers_table.c.name, resellers_table.c.tier)
        .where(or_(resellers_table.c.site_number.in_(own), resellers_table.c.site_number.in_(through)))
        .subquery("visible_resellers")
    )
