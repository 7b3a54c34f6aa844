"""Stubs: what a file names and nobody has loaded yet, with the names that the file gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from pao_core import countries
from pao_core.access import Viewer
from pao_core.importing import references
from pao_core.importing.bench import Bench
from pao_core.importing.columns import Column, Dataset
from pao_core.importing.mapping import Mapped


@dataclass(frozen=True)
class StubTable:
    """How a stub of a table is made: SQL over the rows that name one; `number` stands for its key.

    `name` and `named_by` are the column and the file's column that names it; {name} in `columns` is that name, or its number.
    """

    table: str
    columns: dict[str, str]
    named_by: str | None = None
    fixed: dict[str, str] = field(default_factory=dict)
    kind: str | None = None


FIRST_COUNTRY = f"coalesce(arg_min(country, line) FILTER (country IS NOT NULL), '{countries.UNKNOWN}')"
# In the order in which foreign keys allow them.
STUBS = (
    StubTable("resellers", {"site_number": "number", "name": "number", "country": f"'{countries.UNKNOWN}'"}),
    StubTable("agreements", {"agreement_number": "number", "customer_name": "number", "customer_name_folded": "fold(number)"}),
    StubTable("sites", {"site_number": "number", "name": "{name}", "country": FIRST_COUNTRY, "name_folded": "fold({name})"},
              "customer_name", kind="site"),
    StubTable("parts", {"part_number": "number", "description": "{name}"}, "part_description",
              {"family": "software", "part_type": "unknown"}, kind="part"),
)
NAMES = ("reseller_site_number", "kind", "number", "name", "name_folded")


def prepare(bench: Bench, mapped: Mapped, viewer: Viewer, create_missing: bool) -> None:
    """Make the tables `stub_TABLE` of what the good rows name and the viewer does not know, and `stub_names`: what a user's
    file calls them, which only its reseller sees. The operator's names go on the stub itself."""
    for stub in STUBS:
        wanted = create_missing and stub.table in mapped.dataset.references and references.may_make(viewer, stub.table)
        _make(bench, mapped, stub, wanted, viewer.operator)
    selects = [_given_names(stub) for stub in STUBS if stub.kind and create_missing and mapped.dataset.tenant and not viewer.operator]
    empty = "SELECT '' AS reseller_site_number, '' AS kind, '' AS number, '' AS name, '' AS name_folded WHERE false"
    bench.run("CREATE TABLE stub_names AS " + " UNION ALL ".join([empty, *selects]))


def count(bench: Bench, dataset: Dataset) -> dict[str, int]:
    """How many stubs the file asks for, by table."""
    return {table: bench.count(f"stub_{table}") for table in dataset.references}


def _make(bench: Bench, mapped: Mapped, stub: StubTable, wanted: bool, named: bool) -> None:
    columns = [column for column in mapped.dataset.columns if column.references == stub.table and column.name in mapped.given]
    named_by = f'"v_{stub.named_by}"' if stub.named_by in mapped.dataset.by_name else "NULL"
    unknown = " UNION ALL ".join(_unknown(mapped.dataset, column, named_by) for column in columns if wanted) or _none()
    bench.run(f"CREATE VIEW unknown_{stub.table} AS {unknown}")
    name = "coalesce(arg_min(name, line) FILTER (name IS NOT NULL), number)" if named else "number"
    selected = ", ".join(f"{sql.format(name=name)} AS {column}" for column, sql in stub.columns.items())
    bench.run(f"CREATE TABLE stub_{stub.table} AS SELECT {selected} FROM unknown_{stub.table} GROUP BY number")


def _unknown(dataset: Dataset, column: Column, named_by: str) -> str:
    """SQL: the good rows whose `column` names something unknown."""
    countries_given = [f'"v_{name}"' for name in ("site_country", "country") if name in dataset.by_name]
    country = f"coalesce({', '.join(countries_given)}, NULL)" if countries_given and column.references == "sites" else "NULL"
    reseller = "v_reseller_site_number" if dataset.tenant else "NULL"
    return (
        f'SELECT line, "v_{column.name}" AS number, CAST({named_by} AS VARCHAR) AS name, CAST({country} AS VARCHAR) AS country, '
        f'CAST({reseller} AS VARCHAR) AS reseller FROM good WHERE "v_{column.name}" IS NOT NULL '
        f'AND "v_{column.name}" NOT IN (SELECT text FROM known_{column.name})' + _not_its_own(dataset, column)
    )


def _not_its_own(dataset: Dataset, column: Column) -> str:
    """A row that points at another row of the same file makes no stub of it."""
    return f' AND "v_{column.name}" NOT IN (SELECT "v_{dataset.key[0]}" FROM good)' if column.references == dataset.name else ""


def _none() -> str:
    return "SELECT CAST(0 AS BIGINT) AS line, '' AS number, '' AS name, '' AS country, '' AS reseller WHERE false"


def _given_names(stub: StubTable) -> str:
    return (
        f"SELECT reseller, '{stub.kind}', number, arg_min(name, line), fold(arg_min(name, line)) FROM unknown_{stub.table} "
        "WHERE name IS NOT NULL GROUP BY reseller, number"
    )
