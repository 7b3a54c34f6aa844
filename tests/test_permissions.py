"""The running product does what docs/permissions.md says: every page, report and act, for every column, at the own site and at another."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import websockets
from browser import Served, answered, demonstrated
from sqlalchemy import insert, select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pao_core import replica, report
from pao_core.access import AccessDenied, Viewer, sessions
from pao_core.access.passwords import fingerprint
from pao_core.access.rights import JOBS, PRESETS, TOOLS, granted
from pao_core.config import PROJECT, Settings
from pao_core.filters import Filters
from pao_core.store.engine import Store
from pao_core.store.schema import entitlements, memberships, orders, renewals, subscriptions, users

OWN, FOREIGN = "7000202", "7000303"
REFUSED = b"You do not have the right to do this"
SIGN_IN = b"sign_in"  # the form that stands in place of the page
KEPT = "kept"  # stands for a password hash; nobody signs in with it here
YES, ANYWHERE, NO = "✓", "✓ any site", "·"
# Beside the columns of the document: each level of each tool alone.
ALONE = {f"{tool}.{level}": {tool: level} for tool, levels in TOOLS.items() for level in levels}
BY_JOB = {name.replace("_", " "): privileges for name, (_text, privileges) in JOBS.items()}
MEMBERS = {"no privileges": {}, **BY_JOB, "user": PRESETS["user"], **ALONE}


@dataclass(frozen=True)
class Cast:
    """The demonstration, served, with one person for each column."""

    served: Served
    store: Store
    sids: dict[str, str]
    viewers: dict[str, Viewer]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `make permissions` would write now, and the matrix behind it. In a process of its own: it imports the whole app."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PAO_DATA_DIR": str(tmp_path_factory.mktemp("document"))}
    made = subprocess.run([sys.executable, "docs/permissions.py", "--json"], cwd=PROJECT, env=environment, capture_output=True, check=True)
    return dict(json.loads(made.stdout))


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    served = demonstrated(tmp_path_factory.mktemp("permissions"))
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    emails = {"primary": "rafael@verticeclaro.example", "operator": "olga@desk.example"}
    with store.writing("test") as writing:
        for name, privileges in (MEMBERS | {"secondary": PRESETS["secondary"]}).items():
            emails[name] = f"{name.replace(' ', '-')}@verticeclaro.example"
            user_id = writing.connection.execute(insert(users).values(
                email=emails[name], name=name.title(), password_hash=KEPT, operator=False, status="active", created_at=writing.at,
            ).returning(users.c.id)).scalar_one()
            writing.connection.execute(insert(memberships).values(
                user_id=user_id, reseller_site_number=OWN, role="secondary" if name == "secondary" else "user", privileges=privileges))
    served.start()
    viewers = {name: Viewer.of_email(store, email) for name, email in emails.items()}
    yield Cast(served, store, {name: session_of(store, viewer) for name, viewer in viewers.items()}, viewers)
    served.stop()
    replica.forget(store)
    store.dispose()


def session_of(store: Store, viewer: Viewer) -> str:
    now = Settings.now()
    with store.reading() as connection:
        kept = connection.scalar(select(users.c.password_hash).where(users.c.id == viewer.user_id))
    assert viewer.user_id and kept
    with store.desk_writing() as desk:
        ticket = sessions.open_ticket(desk, viewer.user_id, fingerprint(kept), now)
    sid = sessions.exchange(store, ticket, now)
    assert sid
    return sid


async def opened(served: Served, address: str, sid: str | None) -> bytes:
    """What the server sends to who opens a page, until the run has ended."""
    message, raw = BackMsg(), b""
    message.rerun_script.page_name = address
    async with websockets.connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                                  additional_headers={"Cookie": f"{sessions.COOKIE}={sid}"} if sid else None) as socket:
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(30):
            async for part in socket:
                raw += part
                if ForwardMsg.FromString(part).WhichOneof("type") == "script_finished":
                    return raw
    return raw


def allowed(row: dict[str, Any], name: str) -> str:
    """The cell of a column, or what a single privilege gives."""
    if name in row["who"]:
        return str(row["who"][name])
    return YES if "signed_in" in row["right"] or set(row["right"]) & granted(ALONE[name]) else NO


def test_the_document_says_what_the_product_declares(document: dict[str, Any]) -> None:
    assert (PROJECT / "docs" / "permissions.md").read_text() == document["text"], "run `make permissions`"


def test_every_page_of_the_house_is_in_the_document(document: dict[str, Any]) -> None:
    pages = {path.stem.replace("_", "-") for path in PROJECT.glob("pages/*/*.py") if path.parent.name != "parts"}
    assert {row["address"] for row in document["matrix"]["pages"]} == pages


def test_a_page_opens_to_whom_the_document_says_and_to_nobody_else(document: dict[str, Any], cast: Cast) -> None:
    wrong = []
    for row in document["matrix"]["pages"]:
        for name, sid in {"stranger": None, **cast.sids}.items():
            said = YES if row["right"] == ["open to all"] else allowed(row, name)
            raw = answered(opened(cast.served, row["address"], sid))
            found = NO if REFUSED in raw or (sid is None and SIGN_IN in raw) else YES
            if found != said:
                wrong.append((row["address"], name, said, found))
    assert not wrong


def foreign_site(store: Store) -> str:
    """A customer's site that the foreign reseller alone has rows of."""
    facts = (orders, renewals, entitlements, subscriptions)
    with store.reading() as connection:
        sold = {found for fact in facts for found in connection.execute(select(fact.c.site_number, fact.c.reseller_site_number).distinct())}
    theirs, others = ({site for site, reseller in sold if (reseller == FOREIGN) is one} for one in (True, False))
    return min(theirs - others)


def test_a_report_answers_whom_the_document_says_with_rows_of_its_own_site_and_nobody_else(document: dict[str, Any], cast: Cast) -> None:
    today, foreign = cast.store.settings.today(), Filters(site=(foreign_site(cast.store),))
    for row in document["matrix"]["reports"]:
        module = importlib.import_module(row["module"])
        how: dict[str, Any] = {"today": today, "form": "detail", "totals": hasattr(module, "summary"), "limit": 50}
        for name, viewer in cast.viewers.items():
            if allowed(row, name) == NO:
                with pytest.raises(AccessDenied):
                    report.run(module, viewer, Filters(), **how)
            else:
                assert report.run(module, viewer, foreign, **how).rows == [], (row["name"], name)
                found = report.run(module, viewer, Filters(), **how).rows
                assert found and {line["reseller_site_number"] for line in found if "reseller_site_number" in line} <= {OWN}, (row["name"], name)
