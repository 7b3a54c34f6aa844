"""Row history: database triggers keep what an update or a delete replaced, so that nothing can bypass them.

The previous version goes to `row_history` as JSON under the id of the transaction that replaced it. Inserts leave
nothing: the row itself carries the id. The audit is guarded the same way: the database refuses to change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Table, delete, insert, select, text

from pao_core.store.schema import commits, settings

FORGOTTEN = "forgotten"  # the row of `settings` with the last transaction whose deletes left no history


def install(connection: Connection, tables: Iterable[Table]) -> None:
    """(Re)make the triggers for the columns that `tables` have now; called by the migrations."""
    if connection.dialect.name == "postgresql":
        _make_keeper(connection)
    make = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
    for table in tables:
        for statement in make(table):
            connection.execute(text(statement))


@contextmanager
def forgetting(connection: Connection, txn: int, tables: Sequence[Table]) -> Iterator[None]:
    """What transaction `txn` deletes inside leaves no previous versions: only for taking away what never was anybody's. Who
    copied the rows before cannot learn from the history that they are gone: see `forgotten_since`."""
    on_postgresql = connection.dialect.name == "postgresql"
    for table in tables:
        connection.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER history_of_{table.name}' if on_postgresql
                                else f"DROP TRIGGER history_of_{table.name}_delete"))
    yield
    for table in tables:
        if on_postgresql:
            connection.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER history_of_{table.name}'))
    if not on_postgresql:
        install(connection, tables)
    connection.execute(delete(settings).where(settings.c.name == FORGOTTEN))
    connection.execute(insert(settings).values(name=FORGOTTEN, value=txn))


def forgotten_since(connection: Connection, number: int) -> bool:
    """Whether rows went without history after change `number`: a copy of that number is to be made anew."""
    txn = connection.scalar(select(settings.c.value).where(settings.c.name == FORGOTTEN))
    return txn is not None and (connection.scalar(select(commits.c.number).where(commits.c.txn == txn)) or 0) > number


def guard_audit(connection: Connection) -> None:
    """Make the audit append-only."""
    if connection.dialect.name == "postgresql":
        statements = [
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
            "CREATE OR REPLACE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    else:
        statements = [
            f"CREATE TRIGGER IF NOT EXISTS audit_refuses_{act} BEFORE {act} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            for act in ("update", "delete")
        ]
    for statement in statements:
        connection.execute(text(statement))


def _on_sqlite(table: Table) -> Iterable[str]:
    old = ", ".join(f"'{column.name}', OLD.\"{column.name}\"" for column in table.columns)
    insert = (
        "INSERT INTO row_history (txn, table_name, row_id, old_txn, deleted, old) "
        "VALUES ({txn}, '{table}', OLD.id, OLD.txn, {deleted}, json_object({old}))"
    )
    for act, txn, deleted in (("update", "NEW.txn", 0), ("delete", "(SELECT value FROM counters WHERE name = 'txn')", 1)):
        name = f"history_of_{table.name}_{act}"
        yield f"DROP TRIGGER IF EXISTS {name}"
        # A colon in the text of a statement would be taken for a parameter; there is none here.
        yield f"CREATE TRIGGER {name} AFTER {act} ON \"{table.name}\" BEGIN {insert.format(txn=txn, table=table.name, deleted=deleted, old=old)}; END"


def _make_keeper(connection: Connection) -> None:
    """The function of the triggers. It writes with its owner's rights: who may change a row need not be let at the history. It finds
    its table where the owner made it, whatever the caller calls so, and nobody hangs it on a table of his own."""
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    connection.execute(text(
        "CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = {schema}, pg_temp AS $$ BEGIN "
        "INSERT INTO row_history (txn, table_name, row_id, old_txn, deleted, old) VALUES ("
        "CASE WHEN TG_OP = 'DELETE' THEN CAST(current_setting('pao.txn') AS bigint) ELSE NEW.txn END, "
        "TG_TABLE_NAME, OLD.id, OLD.txn, TG_OP = 'DELETE', to_json(OLD)); RETURN NULL; END $$"
    ))
    connection.execute(text("REVOKE ALL ON FUNCTION keep_history() FROM PUBLIC"))


def _on_postgresql(table: Table) -> Iterable[str]:
    yield (
        f"CREATE OR REPLACE TRIGGER history_of_{table.name} AFTER UPDATE OR DELETE ON \"{table.name}\" "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
