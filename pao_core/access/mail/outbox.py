"""The outbox: a letter is put into it in the transaction of the act that it tells of, and so waits if and only if the act was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from pao_core.access.mail.letters import LETTERS
from pao_core.store.schema import outbox


def put(connection: Connection, letter: str, recipient: str | None, at: datetime, reseller: str | None = None, **facts: Any) -> int:
    """Have a letter of LETTERS sent once the transaction is committed; gives its number. `recipient` is an e-mail, None is whoever
    decides the request at the time of sending. `facts` are plain JSON values that the letter needs, never secrets: a link's token is
    drawn when the letter goes out. Raises ValueError for a letter or a fact that there is not."""
    kind = LETTERS.get(letter)
    if kind is None or not kind.facts <= facts.keys() <= kind.facts | kind.optional:
        raise ValueError(f"no letter {letter} with {sorted(facts)}")
    new = insert(outbox).values(letter=letter, recipient=recipient, reseller_site_number=reseller, facts=facts, state="waiting", tries=0,
                                created_at=at, due_at=at)
    return int(connection.execute(new.returning(outbox.c.id)).scalar_one())
