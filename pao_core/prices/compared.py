"""The difference of two price files as a report, so that its counts explain themselves as those of every report do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Select, case, func, literal, select

from pao_core.access import Viewer
from pao_core.access.rights import PRICES_DOWNLOAD
from pao_core.access.scope import described
from pao_core.explain import Formula
from pao_core.filters import Filters
from pao_core.locale import N_
from pao_core.locale.words import PRICE_DIFFERENCES
from pao_core.prices import difference, statements
from pao_core.prices.difference import KINDS, Two
from pao_core.report import Column
from pao_core.store.sql import total


def _of_kind(kind: str) -> Formula:
    return Formula("rows", where=lambda columns, _today: columns["kind"] == kind, where_words=PRICE_DIFFERENCES[kind])


@dataclass(frozen=True)
class Compared:
    """The report of these two files. Its prices are everybody's who may have price files, so no filter and no viewer narrows them."""

    two: Two
    NAME = "price-difference"
    RIGHT = PRICES_DOWNLOAD
    TITLE = difference.TITLE
    DEFINITION = difference.DEFINITION
    COLUMNS = (*difference.COLUMNS, Column("prices", N_("Prices"), "integer"),
               *(Column(kind, text, "integer") for kind, text in PRICE_DIFFERENCES.items()))
    MEASURES = ("prices", *KINDS)
    FORMULAS: ClassVar[Mapping[str, Formula]] = {"prices": Formula("rows")} | {kind: _of_kind(kind) for kind in KINDS}
    BY = ()
    SORTS: ClassVar[Mapping[str, str]] = {"detail": "part_number"}
    KEYS = ("part_number", "price_level")

    def summary(self, _viewer: Viewer, _filters: Filters, _by: tuple[str, ...], _today: date, measures: tuple[str, ...]) -> Select[Any]:
        """How many prices there are, and how many of each kind; nothing of two files without a price."""
        found = statements.difference_counts(self.two.file, self.two.earlier, self.two.later).subquery("found")
        counted = {"prices": total(found.c.prices)} | {kind: total(case((found.c.kind == kind, found.c.prices))) for kind in KINDS}
        return select(literal(self.two.file.currency).label("currency"), *(counted[name].label(name) for name in measures)).select_from(
            found).having(func.count() > 0)

    def detail(self, _viewer: Viewer, _filters: Filters, _today: date) -> Select[Any]:
        """Every price of either file, with the kind of its difference."""
        found = statements.difference(self.two.file, self.two.earlier, self.two.later, KINDS).order_by(None).subquery("found")
        told = {"description": described(found)}
        names = [column.name for column in difference.COLUMNS]
        return select(*((told[name] if name in told else found.c[name]).label(name) for name in names))
