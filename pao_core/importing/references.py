"""What a file's rows point at: known to the person who imports, or rejected, or made a stub."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Date, Table, select

from pao_core.access import Viewer, scope
from pao_core.access.rights import DATA_IMPORT
from pao_core.importing.bench import Bench, Sql
from pao_core.importing.columns import Column, Dataset
from pao_core.importing.mapping import Mapped
from pao_core.locale import N_
from pao_core.store.schema import metadata

AT_ONCE = 5_000  # values in one statement
UNKNOWN = {
    "resellers": N_("{column}: reseller {value} is not known."),
    "agreements": N_("{column}: agreement {value} is not known."),
    "sites": N_("{column}: site {value} is not known."),
    "parts": N_("{column}: part {value} is not known."),
    "subscriptions": N_("{column}: subscription {value} is not known."),
}


def check(bench: Bench, mapped: Mapped, viewer: Viewer, create_missing: bool) -> None:
    """Make a table `known_COLUMN` (text, value: its country, for sites) for each reference, and reject what is unknown.

    With `create_missing` the unknown stay, to become stubs; but only the operator makes resellers. Of a dataset that is
    under another, the view `placed` has the rows with the dates of what they are under; nothing is made for the others.
    """
    dataset = mapped.dataset
    with viewer.reading() as connection:
        for column in dataset.columns:
            if column.references and column.name in mapped.given:
                values = [value for (value,) in bench.all(f'SELECT DISTINCT "v_{column.name}" FROM rows WHERE "v_{column.name}" IS NOT NULL')]
                bench.words(f"known_{column.name}", _known(connection, viewer, column.references, values, dataset.tenant))
                bench.words(f"found_{column.name}", _found(connection, column.references, values))
        if dataset.under is not None:
            _place(bench, connection, metadata.tables[dataset.under])
    for column in dataset.columns:
        if column.references and column.name in mapped.given and not (create_missing and may_make(viewer, column.references)):
            _reject(bench, dataset, column, mapped.word(column.name))
    if dataset.under is not None:
        _reject_unplaced(bench, mapped, dataset.under)


def may_make(viewer: Viewer, table: str) -> bool:
    """Whether this person's file may make stubs in this table: a reseller would own rows."""
    return viewer.operator or table != "resellers"


def _reject(bench: Bench, dataset: Dataset, column: Column, word: str) -> None:
    value = f'"v_{column.name}"'
    unknown = f"{value} IS NOT NULL AND {value} NOT IN (SELECT text FROM known_{column.name})"
    facts = {"column": word, "value": Sql(value)}
    template = UNKNOWN[str(column.references)]
    if column.references != dataset.name:
        bench.reject(unknown, template, **facts)
        return
    # A row may point at another of the same file, unless that one is rejected itself.
    own = dataset.key[0]
    while True:
        missing = f'{unknown} AND {value} NOT IN (SELECT "v_{own}" FROM good WHERE "v_{own}" IS NOT NULL)'
        if not bench.one(f"SELECT count(*) FROM good WHERE {missing}"):
            return
        bench.run("CREATE OR REPLACE TEMP TABLE next AS SELECT * FROM good WHERE " + missing)
        bench.reject("true", template, "next", **facts)


def _place(bench: Bench, connection: Connection, table: Table) -> None:
    """Make the view `placed`: of resellers known to the viewer, the rows that are under a loaded row of `table`, with its dates."""
    reseller, number = table.info["key"]
    dates = [column for column in table.c if isinstance(column.type, Date)]
    typed = ", ".join(f'"{column.name}" DATE' for column in dates)
    bench.run(f"CREATE TABLE above (reseller VARCHAR, number VARCHAR, {typed})")
    named = bench.all(
        f'SELECT v_{reseller}, list(DISTINCT v_{number}) FROM rows SEMI JOIN known_{reseller} ON text = v_{reseller} '
        f"WHERE v_{number} IS NOT NULL GROUP BY 1"
    )
    for owner, numbers in named:
        for some in _some(numbers):
            found = select(table.c[reseller], table.c[number], *dates).where(table.c[reseller] == owner, table.c[number].in_(some))
            bench.insert("above", [tuple(row) for row in connection.execute(found)])
    bench.run(f"CREATE VIEW placed AS SELECT * FROM rows JOIN above ON reseller = v_{reseller} AND number = v_{number}")


def _reject_unplaced(bench: Bench, mapped: Mapped, table: str) -> None:
    reseller, number = metadata.tables[table].info["key"]
    named = f"v_{reseller} IS NOT NULL AND v_{number} IS NOT NULL"
    bench.reject(f"{named} AND line NOT IN (SELECT line FROM placed)", UNKNOWN[table], column=mapped.word(number), value=Sql(f"v_{number}"))


def _known(connection: Connection, viewer: Viewer, table: str, values: list[str], tenant: bool) -> dict[str, str | None]:
    """What counts as known to the viewer: a user knows its own resellers and the sites that its rows make visible."""
    if viewer.every_reseller or not tenant or table in ("parts", "agreements"):
        return _found(connection, table, values)
    if table == "resellers":
        return dict.fromkeys(set(values) & set(viewer.sites(DATA_IMPORT)))
    if viewer.operator:
        return _found(connection, table, values)
    own = tuple({*viewer.sites(), *viewer.sites(DATA_IMPORT)})
    links = scope.links(own)
    statement = select(links.c.site_number).distinct()
    # Few are looked up; for many the visible ones are read once, for each look-up walks all the facts.
    seen = set(connection.scalars(statement.where(links.c.site_number.in_(values)) if len(values) <= AT_ONCE else statement))
    return dict.fromkeys(value for value in values if value in seen)


def _found(connection: Connection, table: str, values: list[str]) -> dict[str, str | None]:
    """The values that are keys of the table, with their country where it has one."""
    source = metadata.tables[table]
    key = source.c[source.info["key"][0]]
    country = source.c.country if "country" in source.c else key
    return {
        row[0]: row[1] for some in _some(values)
        for row in connection.execute(select(key, country).where(key.in_(some)))
    }


def _some(values: list[str]) -> Iterator[list[str]]:
    return (values[start:start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
