"""What a viewer can choose from: typed search among thousands of values, and the nearest to an unknown one.

Only values of rows that the viewer sees are found, so that nothing tells whether another reseller's exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, or_, select, union

from pao_core import replica
from pao_core.access import Viewer, scope
from pao_core.access.rights import REPORTING_VIEW
from pao_core.filters import LABELS, BadFilter, Filters, nearest, option
from pao_core.locale import N_, _
from pao_core.locale.words import FULFILLMENT_STATUSES, word
from pao_core.store.kept import kept
from pao_core.store.sql import by_code_point
from pao_core.store.types import fold, site_number

Choice = tuple[str, str]
# Enough for every product group or reseller there is, few enough to compare a mistyped value with.
ALL = 5_000
COMPARED = 5  # unknown values that the nearest is looked for to; of many, an address could have the server look for minutes
CHECKED = ("agreement", "site", "product_group", "status", "reseller", "quote", "account_manager")


def search(viewer: Viewer, key: str, text: str = "", limit: int = 20) -> list[Choice]:
    """The values of a filter whose code begins with `text` or whose name holds it, whatever case or accents: (code, label). A code that
    several resellers call otherwise is there once, by the first of the names that were found.

    `key` is an option's name: agreement, site, customer, country, program, product-group, status, reseller, quote,
    account-manager. An empty text finds
    the first in order.
    """
    viewer.require(REPORTING_VIEW)
    code, name, folded, source = _columns(viewer, key.replace("-", "_"))
    first = func.min(by_code_point(name)).label("name")
    statement = select(code.label("code"), first).select_from(source).where(code.is_not(None)).group_by(code)
    if text:
        starts = code.startswith(site_number(text) if key in ("site", "reseller") else text.strip(), autoescape=True)
        statement = statement.where(or_(starts, folded.contains(fold(text.strip()), autoescape=True)))
    found = statement.subquery()
    ordered = select(found).order_by(by_code_point(found.c.code)).limit(limit)
    return [(row.code, _label(key, row.code, row.name)) for row in replica.reader(viewer.store).rows(ordered, viewer)]


def of_customer(viewer: Viewer, filters: Filters, number: str) -> Filters:
    """The same filters for this customer alone: a customer is its agreement, and a site without one is its own customer."""
    named = any(code == number for code, _label_ in search(viewer, "agreement", number, 1))
    return filters.but(agreement=(number,)) if named else filters.but(site=(number,))


def unknown(viewer: Viewer, filters: Filters) -> list[BadFilter]:
    """The values that no visible row has; the first few, each with the nearest that one has."""
    found: list[tuple[str, str]] = []
    for field in CHECKED:
        wanted: Sequence[str] = getattr(filters, field)
        if wanted:
            known = _existing(viewer, field, wanted) | (set(FULFILLMENT_STATUSES) if field == "status" else set())
            found += [(option(field), value) for value in wanted if value not in known]
    return [_problem(viewer, *one) for one in found[:COMPARED]] + [
        BadFilter(key, N_("{filter} {value} is not known."), filter=_(LABELS[key]), value=value) for key, value in found[COMPARED:]]


def without(filters: Filters, problems: Sequence[BadFilter]) -> Filters:
    """The filters without the values that `unknown` told."""
    dropped = {(problem.key, str(problem.facts["value"])) for problem in problems}
    kept = {
        field: tuple(value for value in getattr(filters, field) if (option(field), value) not in dropped) for field in CHECKED
    }
    return filters.but(**kept)


def near(viewer: Viewer, key: str, value: str) -> list[str]:
    """The codes most like `value`, best first."""
    starting = search(viewer, key, value[:3], ALL) or search(viewer, key, "", ALL)
    return nearest(value, {code: code for code, _label_ in starting})


def _problem(viewer: Viewer, key: str, value: str) -> BadFilter:
    return BadFilter(key, N_("{filter} {value} is not known. Nearest: {nearest}."), filter=_(LABELS[key]), value=value,
                     nearest=", ".join(near(viewer, key, value)) or _("none"))


def _existing(viewer: Viewer, field: str, wanted: Sequence[str]) -> set[str]:
    code, _name, _folded, source = _columns(viewer, field)
    statement: Select[Any] = select(code.label("code")).select_from(source).where(code.in_(wanted)).distinct()
    return {row.code for row in replica.reader(viewer.store).rows(statement, viewer)}


def _columns(viewer: Viewer, field: str) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any], FromClause]:
    """Code, name, searched text and source of a filter's values."""
    if field == "reseller":
        resellers = viewer.resellers()
        return resellers.c.site_number, resellers.c.name, resellers.c.site_number, resellers
    if field == "product_group":
        facts = (viewer.orders(), viewer.renewals(), viewer.entitlements(), viewer.subscriptions())
        found = union(*(select(rows.c.reseller_site_number, rows.c.part_number) for rows in facts))
        bought = kept(select(found.subquery()), "bought")
        joined, part = scope.with_parts(bought, bought, viewer.sites())
        return part["product_group"], part["product_group"], part["product_group"], joined
    if field in ("status", "quote"):
        named = "status" if field == "status" else "quote_number"
        codes = [rows.c[named] for rows in (viewer.renewals(), viewer.orders())]
        codes += [viewer.subscriptions().c.fulfillment_status] if field == "status" else []
        found = union(*(select(code.label("code")).where(code.is_not(None)) for code in codes))
        values = kept(select(found.subquery()), "values_of_lines")
        return values.c.code, values.c.code, values.c.code, values
    if field == "account_manager":
        assignments = viewer.assignments()
        return assignments.c.account_manager, assignments.c.account_manager, assignments.c.account_manager, assignments
    customers = viewer.customers()
    code = {
        "agreement": customers.c.agreement_number, "site": customers.c.site_number, "customer": customers.c.customer_name,
        "country": customers.c.site_country, "program": customers.c.program,
    }[field]
    name = customers.c.site_name if field == "site" else customers.c.customer_name if field == "agreement" else code
    return code, name, customers.c.customer_folded, customers


def _label(key: str, code: str, name: str) -> str:
    if key == "program":
        return word(key, code)
    return code if name in (None, code) else f"{code} · {name}"
