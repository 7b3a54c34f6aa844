"""What the tests of letters put into the outbox, and what they find in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cast import BOREAL
from sqlalchemy import Row, insert, select, update

from pao_core.access import Viewer
from pao_core.access.mail import outbox, sending
from pao_core.store.engine import Store
from pao_core.store.schema import access_requests, desk_metadata, metadata, users
from pao_core.store.schema import outbox as letters_table

MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """An installation whose clock is the test's."""

    store: Store
    operator: Viewer
    now: datetime

    def put(self, letter: str, recipient: str | None, reseller: str | None = None, **facts: Any) -> int:
        """Put a letter, as an act would in its transaction."""
        with self.store.writing("test") as writing:
            writing.touches_replica = False
            return outbox.put(writing.connection, letter, recipient, self.now, reseller, **facts)

    def activation(self, email: str) -> int:
        """Put the letter with the activation link of somebody."""
        return self.put("activation", email, BOREAL, user_id=self.id_of(email), site=BOREAL)

    def deliver(self, after: timedelta = timedelta()) -> sending.Delivered:
        """A round of sending, a while from now."""
        return sending.deliver(self.store, self.now + after)

    def letters(self) -> Sequence[Row[Any]]:
        """The outbox."""
        with self.store.reading() as connection:
            return connection.execute(select(letters_table).order_by(letters_table.c.id)).all()

    def problem(self) -> str:
        """What is said of the one letter that did not go out."""
        [found] = [row.problem for row in self.letters() if row.problem]
        kept = json.loads(found)
        return str(kept["template"]).format(**kept["facts"])

    def id_of(self, email: str) -> int:
        with self.store.reading() as connection:
            return connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one()

    def change(self, email: str, **values: Any) -> None:
        """Change a user's row."""
        with self.store.writing("test") as writing:
            writing.connection.execute(update(users).where(users.c.email == email).values(**values))

    def ask(self, email: str, site: str, name: str = "Nora Dias", **more: Any) -> int:
        """Keep a request for access; gives its number."""
        values = {"email": email, "name": name, "reseller_site_number": site, "form": "self_nomination", "claims_primary": False,
                  "asked_at": self.now, "state": "waiting", **more}
        with self.store.writing("test") as writing:
            return int(writing.connection.execute(insert(access_requests).values(**values).returning(access_requests.c.id)).scalar_one())

    def settle_requests(self) -> None:
        """No request waits any more."""
        with self.store.writing("test") as writing:
            writing.connection.execute(update(access_requests).values(state="granted"))

    def everything_kept(self) -> str:
        """Every value of every table, and on SQLite the files themselves."""
        found = []
        with self.store.reading() as connection, self.store.desk_reading() as desk:
            for table in metadata.sorted_tables:
                found += [repr(tuple(row)) for row in connection.execute(select(table))]
            for table in desk_metadata.sorted_tables:
                found += [repr(tuple(row)) for row in desk.execute(select(table))]
        if not self.store.on_postgresql:
            for file in self.store.settings.data_dir.glob("*.db*"):
                found.append(file.read_bytes().decode("latin-1"))
            with closing(sqlite3.connect(str(self.store.settings.database_url.database))) as dumped:
                found += dumped.iterdump()
        return "\n".join(found)
