"""Two resellers at one site, asked page by page over the raw socket: nothing of the one reaches the other."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
import websockets
from browser import PATIENCE, Served, answered
from sqlalchemy import delete, insert, select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pao_core import catalogue
from pao_core.access.entry import sessions, sign_in
from pao_core.config import PROJECT, Settings
from pao_core.store.engine import Store
from pao_core.store.schema import (
    access_requests,
    assignments,
    entitlements,
    memberships,
    orders,
    parts,
    provisioning,
    renewals,
    site_contacts,
    sites,
    stub_names,
    subscriptions,
    usage,
    users,
)
from pao_core.store.types import fold

# Rafael's and Ines's resellers sell to one site, each under names and numbers that nobody else has.
RAFAEL, INES, SITE = "7000202", "7000303", "7999001"
OF = {RAFAEL: "ZEBRARAFA", INES: "ZEBRAINES"}
# What is asked of the page of any report, whichever there are.
OF_ANY: list[dict[str, list[str]]] = [{}, {"form": ["detail"], "site": [SITE]}, {"reseller": [INES, RAFAEL], "form": ["detail"]}]
OF_RENEWALS: list[dict[str, list[str]]] = [
    {"customer": ["zebra"]}, {"form": ["summary"], "by": ["customer"], "site": [SITE]}, {"form": ["summary"], "by": ["quote"]},
    {"quote": ["ZEBRAINESQ", "ZEBRARAFAQ"]}, {"account-manager": ["ines@pontenova.example", "rafael@verticeclaro.example"]},
    {"due": ["0-30"], "step": ["month"], "site": [SITE]},
]
# And what only some pages are asked.
BESIDE: dict[str, list[dict[str, list[str]]]] = {
    "customers": [{"site": [SITE]}, {"by": ["site"]}, {"customer": ["zebra"]}],
    "order-history": [{"customer": ["zebra"], "form": ["detail"]}, {"by": ["customer"], "site": [SITE]},
                      {"status": ["ZEBRAINES", "ZEBRARAFA"]}, {"site": ["799900"]}],
    "customer": [{"site": ["7999002"]}, *({"site": [SITE], "tab": [tab]} for tab in (
        "summary", "inventory", "renewals", "orders", "subscriptions", "contacts", "sites"))],
    **dict.fromkeys(("renewals", "due-180-days", "committed-terms"), OF_RENEWALS),
    "users": [{"site": [INES]}, {"q": ["zebra"]}],
    "audit": [{"who": ["zebra"]}, {"text": [INES]}, {"list": ["sign-ins"]}],
    "site": [{"site": [INES]}, {"at": [RAFAEL]}],
}
# Every page of the house but those that are there before one signs in, with nothing of anybody's.
FILES = {path.stem.replace("_", "-"): path for path in PROJECT.glob("pages/*/*.py") if path.parent.name != "parts"}
PAGES = {"": [{}]} | {
    page: [*(OF_ANY if page in catalogue.PAGES else [{}]), *BESIDE.get(page, [])]
    for page, path in FILES.items() if "session.enter_open(" not in path.read_text()}


@pytest.fixture(scope="module")
def shared(demonstration_data: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration, with one more customer that both resellers sell to."""
    served = Served(tmp_path_factory.mktemp("shared") / "served", demonstration_data.log_ins)
    shutil.copytree(demonstration_data.data, served.data)
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    today = store.settings.today()
    with store.writing("test") as writing:
        part = writing.connection.scalar(select(orders.c.part_number).limit(1))
        committed = writing.connection.scalar(select(parts.c.part_number).where(parts.c.part_type == "committed_term").limit(1))
        writing.connection.execute(insert(sites).values(site_number=SITE, name=SITE, name_folded=SITE, country="BR", stub=True, txn=writing.txn))
        for reseller, word in OF.items():
            writing.connection.execute(insert(stub_names).values(
                reseller_site_number=reseller, kind="site", number=SITE, name=f"{word} SA", name_folded=fold(f"{word} SA"), txn=writing.txn))
            writing.connection.execute(insert(orders), [{
                "reseller_site_number": reseller, "order_number": f"{word}{number}", "line_number": 1, "order_date": today - timedelta(days=number),
                "order_type": "renewal", "site_number": SITE, "country": "BR", "part_number": part, "quantity": Decimal(1),
                "unit_price": Decimal(10**9), "currency": "BRL", "amount": 10**11, "po_number": f"{word}PO", "status": word, "txn": writing.txn,
            } for number in range(1, 4)])
            writing.connection.execute(insert(renewals), [{
                "reseller_site_number": reseller, "quote_number": f"{word}Q", "line_number": number, "site_number": SITE, "part_number": of,
                "quantity": Decimal(1), "unit_price": Decimal(10**9), "currency": "BRL", "amount": 10**11, "due_date": today + timedelta(days=number),
                "coverage_start": today + timedelta(days=number), "status": "open", "txn": writing.txn,
            } for number, of in enumerate((part, committed), start=1)])
            writing.connection.execute(insert(entitlements).values(
                reseller_site_number=reseller, site_number=SITE, part_number=part, coverage_start=today, quantity=Decimal(1), kind="purchased",
                txn=writing.txn))
            subscribed = {"reseller_site_number": reseller, "subscription_number": f"{word}S", "txn": writing.txn}
            writing.connection.execute(insert(subscriptions).values(
                **subscribed, site_number=SITE, part_number=part, ordered_on=today - timedelta(days=40), start=today - timedelta(days=30),
                end=today + timedelta(days=20), entitled_quantity=Decimal(1), fulfillment_status="active"))
            writing.connection.execute(insert(usage).values(
                **subscribed, period_start=today - timedelta(days=30), period_end=today - timedelta(days=1), used_quantity=Decimal(2),
                overage_quantity=Decimal(1), suppressed=True, suppression_reason=f"{word}Y"))
            writing.connection.execute(insert(provisioning).values(
                **subscribed, element=f"{word}E", required=True, value=f"{word}V", submitted_on=today, submitted_by=f"{word}B"))
            writing.connection.execute(insert(assignments).values(
                reseller_site_number=reseller, site_number=SITE, account_manager=f"{word.lower()}@example.org", txn=writing.txn))
            writing.connection.execute(insert(site_contacts).values(
                reseller_site_number=reseller, types=["technical"], first_name=f"{word}C", last_name=word, email="c@example.org", version=1,
                changed_at=writing.at, changed_by=f"{word}C"))
            writing.connection.execute(insert(access_requests).values(
                reseller_site_number=reseller, email=f"{word.lower()}@example.net", name=f"{word}R", form="authorization", claims_primary=False,
                asked_at=writing.at, state="waiting"))
            writing.audit("user.changed", f"{word}A", reseller, after={"name": f"{word}A"})
    store.dispose()
    served.start()
    yield served
    served.stop()


def opened(served: Served, sid: str) -> Any:
    """The socket of one person."""
    return websockets.connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                              additional_headers={"Cookie": f"{sessions.COOKIE}={sid}"})


def question(page: str, said: dict[str, list[str]]) -> BackMsg:
    """What a browser sends that stands at this page with this address."""
    message = BackMsg()
    message.rerun_script.query_string = urlencode(said, doseq=True)
    message.rerun_script.page_name = page
    return message


async def told(socket: Any, message: BackMsg) -> list[bytes]:
    """All that the server sends until it has answered."""
    parts: list[bytes] = []
    await socket.send(message.SerializeToString())
    async with asyncio.timeout(PATIENCE):
        async for part in socket:
            parts.append(part)
            if ForwardMsg.FromString(part).WhichOneof("type") == "script_finished":
                break
    return parts


async def everything(served: Served, sid: str) -> bytes:
    """All that the server sends to one person who opens every page with every question."""
    raw: list[bytes] = []
    for page, questions in PAGES.items():
        async with opened(served, sid) as socket:
            for said in questions:
                raw += await told(socket, question(page, said))
    return b"".join(raw)


def signed_in(served: Served, email: str) -> str:
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(served.data)}))
    person, now = next(one for one in served.log_ins if one["email"] == email), Settings.now()
    sid = sessions.exchange(store, sign_in.sign_in(store, email, person["password"], None, now), now)
    store.dispose()
    assert sid
    return sid


@pytest.mark.parametrize(("email", "own", "other"), [
    ("rafael@verticeclaro.example", RAFAEL, INES), ("ines@pontenova.example", INES, RAFAEL),
    ("bruno@verticeclaro.example", RAFAEL, INES),
])
def test_a_page_shows_the_reader_its_own_rows_and_not_a_word_of_the_others(shared: Served, email: str, own: str, other: str) -> None:
    raw = answered(everything(shared, signed_in(shared, email)))
    assert OF[own].encode() in raw
    assert f"{OF[own]} SA".encode() in raw
    for told in ("Q", "S", "Y", "E", "V"):
        assert f"{OF[own]}{told}".encode() in raw, told
    secrets = (" SA", "PO", "1", "2", "C", "R", "A", *"SYEVB")
    for secret in (*(OF[other] + secret for secret in secrets), f"{OF[other].lower()}@example.org", f"{OF[other].lower()}@example.net"):
        assert secret.encode() not in raw, f"{email} was told {secret}"


async def explained(served: Served, sid: str, meanwhile: Callable[[], None]) -> tuple[bytes, bytes]:
    """What the panel sends that explains the totals of all orders of a customer: as it opens, and at the next click in it."""
    message = question("order-history", {"customer": ["zebra"]})
    async with opened(served, sid) as socket:
        drawn = [ForwardMsg.FromString(part).delta for part in await told(socket, message)]
        pressed = message.rerun_script.widget_states.widgets.add()
        pressed.id = next(delta.new_element.button.id for delta in drawn if delta.new_element.button.id.endswith("explain_totals"))
        pressed.trigger_value = True
        first = await told(socket, message)
        message.rerun_script.ClearField("widget_states")
        message.rerun_script.fragment_id = next(id_ for part in first if (id_ := ForwardMsg.FromString(part).delta.fragment_id))
        meanwhile()
        return b"".join(first), b"".join(await told(socket, message))


def test_a_panel_that_stands_open_obeys_at_its_next_click_when_a_site_is_taken_away(shared: Served) -> None:
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(shared.data)}))
    email = "rafael@verticeclaro.example"
    with store.writing("test") as writing:
        who = writing.connection.scalar(select(users.c.id).where(users.c.email == email))
        writing.connection.execute(insert(memberships).values(
            user_id=who, reseller_site_number=INES, role="user", privileges={"reporting": "view"}))

    def leave() -> None:
        with store.writing("test") as writing:
            writing.connection.execute(delete(memberships).where(memberships.c.user_id == who, memberships.c.reseller_site_number == INES))

    first, second = answered(explained(shared, signed_in(shared, email), leave))
    store.dispose()
    assert b"ZEBRARAFA SA" in first and b"ZEBRAINES SA" in first
    assert b"ZEBRARAFA SA" in second and b"ZEBRAINES" not in second


def test_every_page_is_opened() -> None:
    assert BESIDE.keys() <= PAGES.keys()
    assert FILES.keys() - PAGES.keys() == {"activation", "request-access", "reset", "tour"}


def test_the_operator_is_shown_no_order_of_anybody(shared: Served) -> None:
    raw = answered(everything(shared, signed_in(shared, "olga@desk.example")))
    for word in OF.values():
        for secret in (f"{word} SA", f"{word}PO", f"{word}1", f"{word}Q", *(f"{word}{secret}" for secret in "SYEVB"), f"{word.lower()}@example.org"):
            assert secret.encode() not in raw, f"the operator was told {secret}"
