"""What price lists there are, kept in memory until a change touches prices or parts: most commits touch neither."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, literal, or_, select

from pao_core import replica
from pao_core.prices import statements
from pao_core.replica.files import store_id
from pao_core.store.engine import Store
from pao_core.store.schema import commits, parts, prices, row_history
from pao_core.store.types import fold

DATA = (prices, parts)
ANSWERS_KEPT = 200
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Edition:
    """All prices of one effective_from for a country and currency."""

    country: str
    currency: str
    effective_from: date
    prices: int


@dataclass
class Shelf:
    """The price lists as change `version` left them; `published` is when that was (None: there are none).

    `complete` is false while the reading copy is older than that change: then nothing made from it may be kept.
    """

    store: str
    version: int
    published: datetime | None
    complete: bool
    editions: tuple[Edition, ...]
    turns: dict[tuple[str, str], tuple[date, ...]]  # by country and currency: the days on which some price begins or ends
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def lists(self) -> tuple[tuple[str, str], ...]:
        """Country and currency of every price list, in order."""
        return tuple(self.turns)

    def since(self, country: str, currency: str, today: date) -> date | None:
        """The last day up to `today` on which some price of the list began or ended: the same files hold since then."""
        return max((day for day in self.turns.get((country, currency), ()) if day <= today), default=None)

    def found(self, store: Store, text: str) -> set[str] | None:
        """The parts whose number or descriptions hold every word of `text`, whatever case and accents; None: all."""
        wanted = fold(text).split()
        if not wanted:
            return None
        words = self.once("words", lambda: {
            row.part_number: fold(" ".join(text for text in row if text)) for row in replica.reader(store).rows(statements.words())
        })
        return {number for number, text in words.items() if all(word in text for word in wanted)}

    def once(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about these lists, worked out the first time."""
        known: Answer | None = self._known.get(question)
        if known is None:
            if len(self._known) >= ANSWERS_KEPT:
                self._known.clear()
            known = self._known[question] = answer()
        return known


_seen: WeakKeyDictionary[Store, tuple[int, Shelf]] = WeakKeyDictionary()


def shelf(store: Store) -> Shelf:
    """The price lists as they are now: one number read from the store when no change has touched them."""
    seen, known = _seen.get(store, (0, None))
    number = store.change_number()
    if known is not None and known.complete and seen == number:
        return known
    with store.reading() as connection:
        again = known is not None and known.complete and seen <= number
        version, published = _last_change(connection, seen if again else 0)
    fresh = known if known is not None and again and version == 0 else _read(store, version, published)
    _seen[store] = (number, fresh)
    return fresh


def _last_change(connection: Connection, after: int) -> tuple[int, datetime | None]:
    """The newest commit after the number `after` that wrote, changed or deleted a price or a part; (0, None): none."""
    written = [select(table.c.id).where(table.c.txn == commits.c.txn).exists() for table in DATA]
    of_data = row_history.c.table_name.in_([table.name for table in DATA])
    replaced = select(row_history.c.id).where(row_history.c.txn == commits.c.txn, of_data).exists()
    newest = select(commits.c.number, commits.c.at).where(commits.c.number > after, or_(*written, replaced))
    row = connection.execute(newest.order_by(commits.c.number.desc()).limit(1)).one_or_none()
    return (row.number, row.at) if row else (0, None)


def _read(store: Store, version: int, published: datetime | None) -> Shelf:
    reader = replica.reader(store)
    reader.rows(select(literal(1)))  # brings the copy up to date, or tells that it is behind: asked first, it never says too much
    complete = reader.number >= version
    rows = reader.rows(statements.lists())
    editions: dict[tuple[str, str, date], int] = {}
    turns: dict[tuple[str, str], set[date]] = {}
    for row in rows:
        key = (row.country, row.currency, row.effective_from)
        editions[key] = editions.get(key, 0) + row.prices
        turns.setdefault(key[:2], set()).update(day for day in (row.effective_from, row.effective_to) if day)
    return Shelf(
        store_id(store), version, published, complete, tuple(Edition(*key, count) for key, count in sorted(editions.items())),
        {key: tuple(sorted(days)) for key, days in sorted(turns.items())},
    )
