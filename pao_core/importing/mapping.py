"""Which header of the file is which column of the dataset; mappings kept by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, or_, select

from pao_core.access import Viewer
from pao_core.access.rights import DATA_IMPORT
from pao_core.importing.columns import Dataset
from pao_core.importing.datasets import DATASETS
from pao_core.importing.options import ImportOptions
from pao_core.locale import N_, Refused, _
from pao_core.store.schema import mappings
from pao_core.store.types import name_key


@dataclass(frozen=True)
class Mapped:
    """Where each column comes from: `columns` is canonical name -> index in the file. `ignored` headers are not read."""

    dataset: Dataset
    headers: tuple[str, ...]
    columns: dict[str, int]
    fixed: dict[str, str]
    defaults: dict[str, str]
    ignored: tuple[str, ...]

    @property
    def given(self) -> frozenset[str]:
        """The columns that have a value for at least some rows."""
        return frozenset(self.columns) | frozenset(self.fixed) | frozenset(self.defaults)

    def word(self, name: str) -> str:
        """The column as the person knows it: its header in the file, else its canonical name."""
        return self.headers[self.columns[name]] if name in self.columns and name not in self.fixed else name


def match(dataset: Dataset, headers: Sequence[str], options: ImportOptions, kept: Mapping[str, str], *, file: str) -> Mapped:
    """Match headers to columns. Raises Refused for an unknown name, a header twice, a missing column, another dataset's file."""
    fixed = dict(options.fixed)
    if options.reseller is not None and "reseller_site_number" in dataset.by_name:
        fixed["reseller_site_number"] = options.reseller
    asked = {**kept, **options.mapped}
    for name in (*asked, *fixed, *options.defaults):
        if name not in dataset.by_name:
            raise Refused(N_("{dataset} has no column {column}. Its columns: {columns}."),
                          dataset=dataset.name, column=name, columns=", ".join(dataset.by_name))
    columns = {name: _find(headers, header, file) for name, header in asked.items()}
    taken = set(columns.values())
    for name, column in dataset.by_name.items():
        if name not in asked:
            found = [index for index, header in enumerate(headers) if index not in taken and name_key(header) in column.headers]
            if len(found) > 1:
                raise _twice(file, headers, found, name)
            columns.update((name, index) for index in found)
    ignored = tuple(header for index, header in enumerate(headers) if index not in columns.values() and header)
    mapped = Mapped(dataset, tuple(headers), columns, fixed, dict(options.defaults), ignored)
    _check(mapped, bool(asked), file)
    return mapped


def _find(headers: Sequence[str], header: str, file: str) -> int:
    found = [index for index, candidate in enumerate(headers) if candidate == header.strip()]
    found = found or [index for index, candidate in enumerate(headers) if name_key(candidate) == name_key(header) and name_key(header)]
    if not found:
        raise Refused(N_("{file}: no column is headed {header}. Its headers: {headers}."),
                      file=file, header=header, headers=", ".join(filter(None, headers)))
    if len(found) > 1:
        raise _twice(file, headers, found, header)
    return found[0]


def _twice(file: str, headers: Sequence[str], found: Sequence[int], name: str) -> Refused:
    return Refused(N_("{file}: more than one column can be {column}: {headers}. Name the one that is meant, or rename the others."),
                   file=file, column=name, headers=", ".join(headers[index] for index in found))


def _check(mapped: Mapped, asked: bool, file: str) -> None:
    dataset = mapped.dataset
    missing = [column.name for column in dataset.columns if column.required and column.name not in mapped.given]
    other = None if asked else _looks_like(dataset, mapped.headers, len(mapped.columns), bool(missing))
    if other is not None:
        raise Refused(N_("{file}: looks like a file of {other}, not of {dataset}."), file=file, other=_(other.title), dataset=_(dataset.title))
    if missing:
        raise Refused(
            N_("{file}: no column for {missing}. Say which header is meant, or give a value for every row. Its headers: {headers}."),
            file=file, missing=", ".join(missing), headers=", ".join(filter(None, mapped.headers)),
        )


def _looks_like(dataset: Dataset, headers: Sequence[str], matched: int, incomplete: bool) -> Dataset | None:
    """The other dataset whose required columns the headers all have, when they fit it better."""
    keys = {name_key(header) for header in headers}
    fits = {
        other.name: sum(bool(column.headers & keys) for column in other.columns)
        for other in DATASETS.values()
        if other is not dataset and all(column.headers & keys for column in other.columns if column.required)
    }
    best = max(fits, key=lambda name: fits[name], default=None)
    return DATASETS[best] if best is not None and (fits[best] > matched or (incomplete and fits[best] == matched)) else None


def kept(viewer: Viewer, dataset: str) -> dict[str, dict[str, str]]:
    """Name -> headers of the mappings kept for this dataset: the viewer's resellers' and the operator's."""
    with viewer.reading() as connection:
        rows = connection.execute(
            select(mappings.c.name, mappings.c.headers)
            .where(mappings.c.dataset == dataset, or_(mappings.c.reseller_site_number.is_(None), _own(viewer)))
            .order_by(mappings.c.reseller_site_number.is_not(None), mappings.c.name)
        ).all()
    return {row.name: row.headers for row in rows}


def keep(viewer: Viewer, name: str, dataset: str, headers: Mapping[str, str]) -> None:
    """Keep `headers` under this name, in place of what it held: for the viewer's first reseller, or for all by the operator."""
    owner = None if viewer.operator else next(iter(viewer.sites(DATA_IMPORT)), None)
    same = (mappings.c.name == name) & (mappings.c.dataset == dataset) & mappings.c.reseller_site_number.is_not_distinct_from(owner)
    with viewer.writing(act="mapping.keep", object_=name) as writing:
        if owner is None and not viewer.operator:
            viewer.require(DATA_IMPORT)
        writing.nothing_replicated()
        writing.connection.execute(delete(mappings).where(same))
        writing.connection.execute(insert(mappings).values(name=name, dataset=dataset, reseller_site_number=owner, headers=dict(headers)))
        writing.audit("mapping.keep", name, owner, dataset=dataset)


def of_options(viewer: Viewer, dataset: str, options: ImportOptions) -> dict[str, str]:
    """The headers of the mapping that the options name. Raises Refused when it is not kept and no headers are given."""
    if options.mapping is None:
        return {}
    found = kept(viewer, dataset)
    if options.mapping not in found and not options.mapped:
        raise Refused(N_("No mapping of {dataset} is named {name}. Kept: {names}."),
                      dataset=dataset, name=options.mapping, names=", ".join(found) or "-")
    return found.get(options.mapping, {})


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return mappings.c.reseller_site_number.in_(viewer.sites(DATA_IMPORT))
