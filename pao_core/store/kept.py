"""Parts of statements whose rows are worth keeping: many questions are asked of the same sites, few of them change.

`kept` marks a select. The replica's reader computes it once for each version of the data and lets every statement that
holds it read the rows; PostgreSQL reads the statement as if it were not marked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import ClauseElement, FromClause, Select, TableClause, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

SHAPES = 2_048  # of statements that are remembered
Identity = tuple[Hashable, Hashable]  # the shape of a statement, and its values


class Kept(TableClause):
    """A select that is kept, under a name that its text and values give it. `rows` is the select."""

    inherit_cache = True
    rows: Select[Any]


@compiles(Kept)
def _inline(element: Kept, compiler: SQLCompiler, from_linter: Any = None, **more: Any) -> str:
    if from_linter is not None:  # conditions join this element, not the subquery that stands for it
        from_linter.froms[element] = element.name
    return compiler.process(element.rows.subquery(element.name), **more)


@compiles(Kept, "duckdb")
def _by_name(element: Kept, compiler: SQLCompiler, **more: Any) -> str:
    named: str = compiler.visit_table(element, **more)  # type: ignore[no-untyped-call]
    return named


def kept(rows: Select[Any], name: str) -> FromClause:
    """The select as a part of other statements, kept where they are read; `name` begins its name. One that cannot be told
    from another (it holds raw text) is a plain subquery."""
    told = identity(rows)
    if told is None:
        return rows.subquery(name)
    made = Kept(f"{name}_{_number(told)}", *(column(key, one.type) for key, one in rows.selected_columns.items()))
    made.rows = rows
    _alive[made.name] = made
    return made


_numbers = count(1)
_alive: WeakValueDictionary[str, Kept] = WeakValueDictionary()
# The names of the kept parts that statements of a shape hold: to look through a great statement takes longer than to run a small one.
_names_in: dict[Hashable, tuple[str, ...]] = {}


@lru_cache(maxsize=SHAPES)
def _number(_identity: Hashable) -> int:
    """Equal selects have one number; one that is forgotten gets another, and its rows are read anew."""
    return next(_numbers)


def identity(statement: object) -> Identity | None:
    """What makes two statements the same question: text and values; None for one that cannot be compared, such as raw text."""
    key = statement._generate_cache_key() if isinstance(statement, ClauseElement) else None
    if key is None:
        return None
    values = (bind.effective_value for bind in key.bindparams)
    return key.key, tuple(tuple(value) if isinstance(value, list | set | frozenset) else value for value in values)


def parts(statement: object, told: Identity | None) -> list[Kept]:
    """The kept parts that a statement of this `identity` holds, those inside of others not among them."""
    if not isinstance(statement, ClauseElement):
        return []
    shape = None if told is None else told[0]  # names are part of it
    names = _names_in.get(shape)
    if names is not None:
        known = [part for part in map(_alive.get, names) if part is not None]
        if len(known) == len(names):
            return known
    found = {part.name: part for part in _elements(statement) if isinstance(part, Kept)}
    if shape is not None:
        if len(_names_in) >= SHAPES:
            _names_in.clear()
        _names_in[shape] = tuple(found)
    return list(found.values())


def _elements(statement: ClauseElement) -> Iterator[Any]:
    """Every element of a statement, once. SQLAlchemy's own `visitors.iterate` comes again to what several columns and joins name: of a
    statement with nested parts that is thousands of times."""
    seen: dict[int, Any] = {}  # the elements too, so that none goes and leaves its number to another
    waiting: deque[Any] = deque([statement])
    while waiting:
        element = waiting.popleft()
        if id(element) not in seen:
            seen[id(element)] = element
            yield element
            waiting.extend(element.get_children())
