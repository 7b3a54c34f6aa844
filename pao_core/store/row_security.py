"""Row-level security in PostgreSQL, the second wall: a viewer's transaction runs as a plain role that sees its own rows alone.

The first wall is the scope, which every statement of the product carries. Where one forgot it, the database itself gives nothing: the
URL's user owns the tables and takes the role ROLE for the time of a viewer's transaction, with the reseller site numbers that it may read
and write in settings of that transaction. Without them, no row. Who may see what is derived from the schema, so that a new table of
tenant rows has its policies with the migration that makes it. SQLite has no such thing: there all of this does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.exc import DBAPIError

from pao_core.locale import N_, Refused
from pao_core.store.schema import (
    REPLICATED,
    STUBBED,
    TENANT,
    audit,
    batches,
    commits,
    contacts,
    mappings,
    metadata,
    note_versions,
    notes,
    row_history,
    settings,
)

ROLE = "pao_viewer"  # one for all databases of a server: what it may do is granted in each
READS, WRITES, USER = "pao.reads", "pao.writes", "pao.user"
SEPARATOR = "\x1f"  # no identifier holds a control character
NOT_ALLOWED, NO_SUCH_ROLE = "42501", ("22023", "42704")  # PostgreSQL's words for it

NO_ROLE = N_(
    "The PostgreSQL user {user} may not take the role that keeps resellers apart. A database administrator runs, once, in the database "
    "{database}: {commands}"
)
BROKEN = N_("The second wall in PostgreSQL is not whole: {what}. Make it anew: `python -m pao_core doctor --repair`.")


@dataclass(frozen=True)
class Scope:
    """The reseller site numbers whose rows a transaction reads and writes, and the user whose it is; by default nobody's."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    user_id: int | None = None


def enter(connection: Connection, scope: Scope) -> None:
    """The rest of this transaction is a viewer's. Raises Refused when the connection's user may not take the role."""
    if connection.dialect.name != "postgresql":
        return
    given = {"role": ROLE, READS: _listed(scope.reads), WRITES: _listed(scope.writes), USER: "" if scope.user_id is None else str(scope.user_id)}
    try:
        # One statement; true: local to the transaction. Set for the session, they would be there for the next one to use the connection.
        connection.execute(_SET, {name.replace(".", "_"): value for name, value in given.items()})
    except DBAPIError as error:
        if _refused(error):
            user = str(connection.engine.url.username)
            raise Refused(NO_ROLE, user=user, database=str(connection.engine.url.database), commands=f'GRANT {ROLE} TO "{user}";') from error
        raise


@contextmanager
def within(connection: Connection, scope: Scope) -> Iterator[None]:
    """What is done inside is a viewer's; afterwards the transaction is the store's own again. One that fails inside is lost."""
    enter(connection, scope)
    yield
    _take(connection, "NONE")


@contextmanager
def outside(connection: Connection) -> Iterator[None]:
    """Step out of the viewer's role for what needs everybody's rows and tells nothing of them; then back."""
    inside = connection.dialect.name == "postgresql" and connection.scalar(text("SELECT current_setting('role')")) == ROLE
    if inside:
        _take(connection, "NONE")
    yield
    if inside:
        _take(connection, ROLE)


def _take(connection: Connection, role: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL ROLE {role}"))


_SET = text("SELECT " + ", ".join(
    f"set_config('{name}', :{name.replace('.', '_')}, true)" for name in ("role", READS, WRITES, USER)
))


def _listed(numbers: tuple[str, ...]) -> str:
    if any(SEPARATOR in number for number in numbers):
        raise ValueError("a reseller site number holds no control character")
    return SEPARATOR.join(numbers)


# -- who may see and do what ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rule:
    """What the role may do to a table: the condition of the rows that it sees, and of those that it may write, by command.
    Without a condition every row; a command that is not named is not granted."""

    select: str | None = None
    insert: str | None = None
    update: str | None = None
    delete: str | None = None
    commands: tuple[str, ...] = ("SELECT",)

    @property
    def conditions(self) -> dict[str, str]:
        """Command -> condition; for a table with any condition, of each command that is granted."""
        given = {"SELECT": self.select, "INSERT": self.insert, "UPDATE": self.update, "DELETE": self.delete}
        return {command: given[command] or "true" for command in self.commands} if any(given.values()) else {}


def _one_of(setting: str) -> str:
    # In a sub-select of its own it is read once for a statement and not for each row. Never set: null. Set by an earlier transaction: ''.
    return f"= ANY (CAST((SELECT string_to_array(current_setting('{setting}', true), chr({ord(SEPARATOR)}))) AS text[]))"


_ME = f"(SELECT CAST(nullif(current_setting('{USER}', true), '') AS bigint))"
_WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE")


def rules() -> dict[Table, Rule]:
    """The rule of every table that a viewer's transaction may touch; what is not here it cannot: people, sessions, links, letters."""
    shared = [table for table in REPLICATED if table not in TENANT]
    found = {table: _of_shared(table) for table in shared} | {table: _of_tenant(table) for table in TENANT}
    names = _names(*shared)
    mine = f"reseller_site_number {_one_of(WRITES)} OR (reseller_site_number IS NULL AND user_id = {_ME})"
    return found | {
        commits: Rule(),
        settings: Rule("name = 'store_id'"),
        row_history: Rule(_of_history(*shared)),
        batches: Rule(
            f"reseller_site_number {_one_of(READS)} OR (reseller_site_number IS NULL AND (user_id = {_ME} OR dataset IN ({names})))",
            f"user_id = {_ME} AND ({mine})", mine, commands=("SELECT", "INSERT", "UPDATE"),
        ),
        mappings: Rule(
            f"reseller_site_number IS NULL OR reseller_site_number {_one_of(READS)}", f"reseller_site_number {_one_of(WRITES)}",
            delete=f"reseller_site_number {_one_of(WRITES)}", commands=("SELECT", "INSERT", "DELETE"),
        ),
        **dict.fromkeys((notes, note_versions), Rule(f"reseller_site_number {_one_of(READS)}")),
        audit: Rule(f"user_id = {_ME}", f"user_id = {_ME}", commands=("SELECT", "INSERT")),
    }


def _of_tenant(table: Table) -> Rule:
    """A reseller's users read its rows, its distributor's too but for `own_only`; only those with the right there write them."""
    sees, own = f"reseller_site_number {_one_of(READS)}", f"reseller_site_number {_one_of(WRITES)}"
    if not table.info["own_only"]:
        sees += f" OR distributor_site_number {_one_of(READS)}"
    return Rule(sees, own, own, own, _WRITE)


def _of_shared(table: Table) -> Rule:
    """Everyone reads what belongs to nobody, and a file may name what nobody has loaded yet. Contacts are people: they show where a row
    that the viewer sees makes their site visible."""
    if table in STUBBED:
        return Rule(insert="stub", commands=("SELECT", "INSERT"))
    if table is contacts:
        return Rule(" OR ".join(
            f'EXISTS (SELECT FROM "{fact.name}" AS fact WHERE fact.site_number = contacts.site_number)'
            for fact in TENANT if "site_number" in fact.c and not fact.info["own_only"]
        ))
    return Rule()


def _of_history(*shared: Table) -> str:
    """A version that was replaced is seen by who sees the row; of contacts by nobody."""
    reseller, distributor = (f"CAST(old ->> '{name}_site_number' AS text) {_one_of(READS)}" for name in ("reseller", "distributor"))
    of_nobody = _names(*(table for table in shared if table is not contacts))
    alone = _names(*(table for table in TENANT if table.info["own_only"]))
    return f"table_name IN ({of_nobody}) OR {reseller} OR ({distributor} AND table_name NOT IN ({alone}))"


def _names(*tables: Table) -> str:
    return ", ".join(f"'{table.name}'" for table in tables)


# -- making it --------------------------------------------------------------------------------------------------------
def build(connection: Connection) -> None:
    """Make the role, its grants and the policies as the schema is now, in place of what there was; run after every migration.

    Raises Refused, with what a database administrator has to do, where the URL's user may not.
    """
    if connection.dialect.name != "postgresql":
        return
    _ready_role(connection)
    _refuse_strangers(connection)
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    # All at once and first: whoever cleans or counts a table meanwhile waits for its row of the catalogue, with a lock that this would wait for.
    tables = connection.scalars(text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")).all()
    _run(connection, f"LOCK TABLE {', '.join(tables)}")
    for kind in ("TABLES", "SEQUENCES"):
        _run(connection, f"REVOKE ALL ON ALL {kind} IN SCHEMA {schema} FROM {ROLE}")
    _run(connection, f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}")
    if not connection.scalar(text("SELECT has_database_privilege(:role, current_database(), 'TEMPORARY')"), {"role": ROLE}):
        _run(connection, f"GRANT TEMPORARY ON DATABASE {_quoted(connection, str(connection.engine.url.database))} TO {ROLE}")
    for table, name in connection.execute(text("SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema()")).all():
        if table in metadata.tables and name in POLICIES:
            _run(connection, f'DROP POLICY {name} ON "{table}"')
    for of, rule in rules().items():
        for statement in _statements(of, rule):
            _run(connection, statement)


# The store's own user goes on seeing every row, although the policies are forced on owners too: named so, a backup can be restored
# where that user has another name.
OWNER = "pg_database_owner"
POLICIES = ("owner_all", "viewer_select", "viewer_insert", "viewer_update", "viewer_delete")


def _statements(table: Table, rule: Rule) -> Iterator[str]:
    yield f'GRANT {", ".join(rule.commands)} ON "{table.name}" TO {ROLE}'
    numbered = table.autoincrement_column
    if "INSERT" in rule.commands and numbered is not None:
        yield f'GRANT USAGE ON SEQUENCE "{table.name}_{numbered.name}_seq" TO {ROLE}'
    if not rule.conditions:
        return
    yield f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY'
    yield f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY'
    yield f'CREATE POLICY owner_all ON "{table.name}" TO {OWNER} USING (true) WITH CHECK (true)'
    for command, condition in rule.conditions.items():
        seen = "" if command == "INSERT" else f" USING ({condition})"
        written = f" WITH CHECK ({condition})" if command in ("INSERT", "UPDATE") else ""
        yield f'CREATE POLICY viewer_{command.lower()} ON "{table.name}" FOR {command} TO {ROLE}{seen}{written}'


def _ready_role(connection: Connection) -> None:
    """Have the role, and be allowed to take it. Migrations of two databases of one server may run at once: either may make it."""
    user, database = connection.execute(text("SELECT current_user, current_database()")).one()
    made = (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    for step in ("SELECT 1", made, f"GRANT {ROLE} TO {_quoted(connection, user)}"):
        if _allowed(connection, step) and _allowed(connection, f"SET LOCAL ROLE {ROLE}"):
            _take(connection, "NONE")
            return
    raise Refused(NO_ROLE, user=user, database=database, commands=_commands(user, database))


def _refuse_strangers(connection: Connection) -> None:
    """The policies are forced on the owner of the tables, who has to be the database's or one whom no policy binds."""
    known = "SELECT rolsuper OR rolbypassrls OR pg_has_role(current_user, :owner, 'USAGE') FROM pg_roles WHERE rolname = current_user"
    if not connection.scalar(text(known), {"owner": OWNER}):
        user, database = connection.execute(text("SELECT current_user, current_database()")).one()
        raise Refused(NO_ROLE, user=user, database=database, commands=_commands(user, database))


def _commands(user: str, database: str) -> str:
    return f'CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO "{user}"; ALTER DATABASE "{database}" OWNER TO "{user}";'


def _allowed(connection: Connection, statement: str) -> bool:
    try:
        with connection.begin_nested():
            _run(connection, statement)
    except DBAPIError as error:
        if not _refused(error):
            raise
        return False
    return True


def _refused(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in (NOT_ALLOWED, *NO_SUCH_ROLE)


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


@contextmanager
def filling(connection: Connection, table: Table) -> Iterator[None]:
    """PostgreSQL copies no rows into a table whose policies bind the one who copies: meanwhile they do not bind its owner."""
    forced = connection.dialect.name == "postgresql" and bool(rules().get(table, Rule()).conditions)
    if forced:
        _run(connection, f'ALTER TABLE "{table.name}" NO FORCE ROW LEVEL SECURITY')
    yield
    if forced:
        _run(connection, f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY')


# -- checking it ------------------------------------------------------------------------------------------------------
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def check(connection: Connection, *of: MetaData) -> None:
    """Raise Refused when the wall is not whole: the role can do more than it should, or a table has no forced policy, or somebody who
    may see nothing sees a row. `of` names all tables that there are; a copy of the server is checked like the server."""
    if connection.dialect.name != "postgresql":
        return
    enter(connection, Scope())
    _take(connection, "NONE")
    _check_role(connection)
    expected = rules()
    for table in (table for each in of for table in each.sorted_tables):
        _check_grants(connection, table, expected.get(table))
        if table in expected and expected[table].conditions:
            _check_policies(connection, table, expected[table])
    enter(connection, Scope())
    for table in (*TENANT, contacts):
        if connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{table.name}")')):
            raise Refused(BROKEN, what=f"{ROLE} sees rows of {table.name} without any reseller")
    _take(connection, "NONE")


def _check_role(connection: Connection) -> None:
    role = connection.execute(text(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = :role"
    ), {"role": ROLE}).one()
    strong = [name.removeprefix("rol") for name, has in role._mapping.items() if has]
    if strong:
        raise Refused(BROKEN, what=f"{ROLE} may {', '.join(strong)}")
    if connection.scalar(text("SELECT EXISTS (SELECT FROM pg_auth_members WHERE member = CAST(:role AS regrole))"), {"role": ROLE}):
        raise Refused(BROKEN, what=f"{ROLE} is a member of another role")


def _check_grants(connection: Connection, table: Table, rule: Rule | None) -> None:
    held = ", ".join(f"has_table_privilege('{ROLE}', to_regclass(:name), '{privilege}') AS {privilege}" for privilege in PRIVILEGES)
    found = connection.execute(text(f"SELECT {held}"), {"name": f'"{table.name}"'}).one()._mapping
    granted = {privilege for privilege in PRIVILEGES if found[privilege.lower()]}
    if granted != set(rule.commands if rule else ()):
        raise Refused(BROKEN, what=f"{ROLE} has {', '.join(sorted(granted)) or 'nothing'} on {table.name}")


def _check_policies(connection: Connection, table: Table, rule: Rule) -> None:
    forced = connection.scalar(
        text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)"), {"name": f'"{table.name}"'})
    named = text("SELECT policyname FROM pg_policies WHERE schemaname = current_schema() AND tablename = :name")
    there = set(connection.scalars(named, {"name": table.name}))
    if not forced or there != {"owner_all", *(f"viewer_{command.lower()}" for command in rule.conditions)}:
        raise Refused(BROKEN, what=f"{table.name} is not walled")
