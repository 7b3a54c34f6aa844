"""Rows at one customer's sites, chosen before anything is joined or summed: they are few among many."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import FromClause, select

from pao_core.access import scope
from pao_core.filters import Filters, conditions


def at(rows: FromClause, filters: Filters, names: Sequence[str]) -> FromClause:
    """The columns `names` of those rows (with a site_number) that lie at the sites of the agreements, or at the sites, that the filters
    name."""
    matching = conditions(filters, {"site": rows.c.site_number})
    if filters.agreement:
        matching.append(scope.of_agreements(rows, filters.agreement))
    return select(*(rows.c[name] for name in names)).where(*matching).subquery("at_customer")
