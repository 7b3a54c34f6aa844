"""A cold server asked by a raw socket, without a session, for each page: nothing of anybody's data comes back."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import websockets
from browser import PATIENCE, Served, answered
from sqlalchemy import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash

from pao_core.access.entry import sessions, sign_in
from pao_core.config import PROJECT, Settings
from pao_core.store.engine import Store
from pao_core.store.schema import agreements, parts, resellers, sites, users

PAGES = sorted(path.relative_to(PROJECT) for path in PROJECT.glob("pages/*/*.py") if path.parent.name != "parts")


def address(page: Path) -> str:
    return page.stem.replace("_", "-")


@pytest.fixture(scope="session")
def canaries(demonstration_data: Served) -> list[bytes]:
    """Names that must not leave the store: customers, sites, parts, resellers, people."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(demonstration_data.data)}))
    columns = (agreements.c.customer_name, sites.c.name, parts.c.description, resellers.c.name, users.c.email, users.c.name)
    with store.reading() as connection:
        found = {value for column in columns for value in connection.scalars(select(column))}
    store.dispose()
    return [value.encode() for value in found if len(value) > 6]


def session_of(served: Served, who: int) -> str:
    """The cookie's value for a person of the demonstration."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    person, now = served.log_ins[who], Settings.now()
    ticket = sign_in.sign_in(store, person["email"], person["password"], None, now)
    sid = sessions.exchange(store, ticket, now)
    store.dispose()
    assert sid
    return sid


async def asked(served: Served, address: str, script_hash: str, sid: str | None = None) -> tuple[bytes, list[ForwardMsg]]:
    """Everything that the server sends to a stranger who asks for a page, until the run has ended."""
    message = BackMsg()
    message.rerun_script.query_string = "country=BR"
    message.rerun_script.page_name = address
    message.rerun_script.page_script_hash = script_hash
    raw, messages = b"", []
    async with websockets.connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                                  additional_headers={"Cookie": f"{sessions.COOKIE}={sid}"} if sid else None) as socket:
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            async for part in socket:
                raw += part
                messages.append(ForwardMsg.FromString(part))
                if messages[-1].WhichOneof("type") == "script_finished":
                    return raw, messages
    return raw, messages


@pytest.mark.parametrize("by_hash", [False, True], ids=["by name", "by file"])
def test_a_stranger_gets_no_data_from_a_cold_server(cold: Served, canaries: list[bytes], by_hash: bool) -> None:
    assert len(canaries) > 100
    for page in PAGES:
        asked_for = ("", calc_hash(str(PROJECT / page))) if by_hash else (address(page), "")
        raw, messages = answered(asked(cold, *asked_for))
        assert messages[-1].WhichOneof("type") == "script_finished"
        assert not [secret for secret in canaries if secret in raw], f"{page} told a stranger something"
        tables = [message for message in messages if message.WhichOneof("type") == "delta"
                  and message.delta.new_element.WhichOneof("type") in ("arrow_data_frame", "plotly_chart", "metric")]
        assert not tables


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_first_question_to_a_cold_server_tells_a_stranger_nothing(cold: Served, canaries: list[bytes], page: Path) -> None:
    raw, _messages = answered(asked(cold, address(page), ""))
    assert raw
    assert not [secret for secret in canaries if secret in raw]


def test_files_uploads_and_figures_of_the_process_are_closed_to_strangers(cold: Served) -> None:
    for path, status in (("/media/0123456789abcdef.csv", 401), ("/_stcore/upload_file/session/file", 401), ("/_stcore/metrics", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{cold.url}{path}", timeout=PATIENCE)
        assert refused.value.code == status
        refused.value.close()


def test_the_same_question_with_a_session_is_answered(cold: Served, canaries: list[bytes]) -> None:
    raw, _messages = answered(asked(cold, "customers", "", session_of(cold, 0)))
    assert [secret for secret in canaries if secret in raw]
