"""The running product does what docs/permissions.md says: every page, report and act, for every column, at the own site and at another.

Who may do an act to whom, between the people of one site, is tried in tests/access/people/test_acts_on_people.py.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import websockets
from browser import Served, answered, demonstrated
from cast import AURORA, BOREAL, CEDRO, store_in
from keys import NOW, open_shop
from sqlalchemy import Table, insert, select, update
from staff import audit_since, audited, hire, put_back, refusal, rows
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pao_core import replica, report
from pao_core.access import AccessDenied, Viewer, rights
from pao_core.access.entry import second_factor, sessions
from pao_core.access.entry.passwords import fingerprint
from pao_core.access.mail import outbox
from pao_core.access.people import handover, requests
from pao_core.access.people import users as people
from pao_core.access.rights import JOBS, PRESETS, TOOLS, granted
from pao_core.access.verbs import VERBS
from pao_core.config import PROJECT, Settings
from pao_core.customers import deployment
from pao_core.customers import notes as written
from pao_core.filters import Filters
from pao_core.importing.batches import undo
from pao_core.importing.mapping import keep
from pao_core.reports import calendar_feed
from pao_core.reports import saved_views as views
from pao_core.settings import my_account
from pao_core.settings import site as site_page
from pao_core.store.engine import Store
from pao_core.store.schema import (
    access_requests,
    batches,
    entitlements,
    memberships,
    notes,
    orders,
    parts,
    primary_offers,
    renewals,
    saved_views,
    second_factors,
    site_contacts,
    subscriptions,
    users,
)
from pao_core.store.schema import outbox as letters
from pao_core.store.schema import sites as customer_sites

OWN, FOREIGN = "7000202", "7000303"
REFUSED = "You do not have the right to do this"
PAGES = [path for path in PROJECT.glob("pages/*/*.py") if path.parent.name != "parts"]
SIGN_IN = "sign_in"  # the form that stands in place of the page
KEPT = "kept"  # stands for a password hash; nobody signs in with it here
YES, ANYWHERE, SHARED, NO = "✓", "✓ any site", "✓ shared data", "·"
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


async def opened(served: Served, address: str, sid: str | None) -> bool:
    """Whether the page itself comes to who opens it, and not a refusal or the form to sign in."""
    message, drawn = BackMsg(), []
    message.rerun_script.page_name = address
    async with websockets.connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                                  additional_headers={"Cookie": f"{sessions.COOKIE}={sid}"} if sid else None) as socket:
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(30):
            async for part in socket:
                told = ForwardMsg.FromString(part)
                if told.WhichOneof("type") == "script_finished":
                    break
                drawn.append(told.delta.new_element if told.WhichOneof("type") == "delta" else None)
    assert len(drawn) > 3
    refused = any(element and REFUSED in element.alert.body for element in drawn)
    asked_in = any(element and SIGN_IN in element.text_input.form_id for element in drawn)
    return not refused and not (sid is None and asked_in)


def allowed(row: dict[str, Any], name: str) -> str:
    """The cell of a column, or what a single privilege gives."""
    if name in row["who"]:
        return str(row["who"][name])
    alone = YES if "signed_in" in row["right"] or set(row["right"]) & granted(ALONE[name]) else NO
    return NO if row.get("primary") else alone


def test_the_document_says_what_the_product_declares(document: dict[str, Any]) -> None:
    assert (PROJECT / "docs" / "permissions.md").read_text() == document["text"], "run `make permissions`"


def test_every_page_of_the_house_is_in_the_document(document: dict[str, Any]) -> None:
    assert {row["address"] for row in document["matrix"]["pages"]} == {path.stem.replace("_", "-") for path in PAGES}


def guard(path: Path) -> tuple[str, list[ast.expr]]:
    """The call by which a page lets nobody past its first line, and the rights that it names."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return next((ast.unparse(call.func), call.args) for call in calls if ast.unparse(call.func).startswith("session.enter"))


def meant(right: ast.expr, path: Path) -> str:
    """The right that a page names: one of rights.py, or its twin's own."""
    if isinstance(right, ast.Attribute):
        return str(importlib.import_module(f"pao_core.{path.parent.name}.{ast.unparse(right.value)}").RIGHT)
    return str(getattr(rights, ast.unparse(right)))


def test_a_page_checks_by_itself_what_the_frame_checks_for_it(document: dict[str, Any]) -> None:
    for row in document["matrix"]["pages"]:
        (path,) = (path for path in PAGES if path.stem.replace("_", "-") == row["address"])
        call, named = guard(path)
        assert row["right"] == (["open to all"] if call == "session.enter_open" else [meant(right, path) for right in named]), path


def test_every_act_that_the_code_names_is_in_the_table() -> None:
    named = set()
    for path in (*PROJECT.glob("pao_core/**/*.py"), *PROJECT.glob("pages/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("audit", "acting", "note_refusal"):
                named |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
    assert named and named <= VERBS.keys()


def test_a_page_opens_to_whom_the_document_says_and_to_nobody_else(document: dict[str, Any], cast: Cast) -> None:
    wrong = []
    for row in document["matrix"]["pages"]:
        for name, sid in {"stranger": None, **cast.sids}.items():
            said = YES if row["right"] == ["open to all"] else allowed(row, name)
            found = YES if answered(opened(cast.served, row["address"], sid)) else NO
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
                assert found, (row["name"], name)
                assert {line["reseller_site_number"] for line in found if "reseller_site_number" in line} <= {OWN}, (row["name"], name)


# -- acts -------------------------------------------------------------------------------------------------------------
Act = Callable[[Viewer, str], object]
# At each site, for the acts to be done to; nobody of them acts.
TARGETS = ("plain", "out", "new", "heir")


def at(name: str, site: str) -> str:
    return f"{name}@{site}.example"


def found(viewer: Viewer, table: Table, site: str) -> int:
    """The row of the site that an act is about."""
    with viewer.store.reading() as connection:
        return connection.scalar(select(table.c.id).where(table.c.reseller_site_number == site, *STILL.get(table.name, ()))) or 0


def counted(viewer: Viewer, site: str) -> tuple[deployment.Key, Decimal, int]:
    """A number for an entitlement of the site, and what it is based on."""
    table = entitlements
    with viewer.store.reading() as connection:
        row = connection.execute(select(table).where(table.c.reseller_site_number == site)).first()
    assert row
    return deployment.Key(*(getattr(row, name) for name in deployment.Key._fields)), (row.deployed_quantity or Decimal(0)) + 1, row.txn


def own_view(viewer: Viewer) -> int:
    """The view that each actor has kept."""
    with viewer.store.reading() as connection:
        return connection.scalar(select(saved_views.c.id).where(saved_views.c.user_id == viewer.user_id, saved_views.c.name == "Own")) or 0


STILL = {"access_requests": (access_requests.c.state == "waiting",), "notes": (notes.c.version == 1,)}
SOMEBODY = site_page.Contact(types=("billing",), first_name="Nina", last_name="Sá", email="nina@office.example")
SAID = written.Draft("note", "Said", NOW.date(), at("plain", BOREAL))
NOBODY_ELSE = {"secondary": None, "user": Decimal(7)}
ACTS: dict[str, Act] = {
    "request.made": lambda v, _site: requests.ask(v.store, v.email, v.name, AURORA, "authorization", False, "en", None, NOW, v.user_id),
    "request.granted": lambda v, site: requests.grant(v, found(v, access_requests, site), "user", {}),
    "request.denied": lambda v, site: requests.deny(v, found(v, access_requests, site), "Not known here"),
    "user.added": lambda v, site: people.invite(v, at("added", site), "Added", site, "user", {}),
    "user.changed": lambda v, site: people.change(v, at("plain", site), site, 1, "user", {}),
    "user.suspended": lambda v, site: people.suspend(v, at("plain", site), site),
    "user.restored": lambda v, site: people.restore(v, at("out", site), site),
    "user.removed": lambda v, site: people.remove(v, at("plain", site), site),
    "user.invited": lambda v, site: people.invite_again(v, at("new", site), site),
    "user.signed_out": lambda v, site: people.sign_out(v, at("plain", site), site),
    "primary.offered": lambda v, site: handover.offer(v, at("plain", site), site),
    "primary.withdrawn": lambda v, site: handover.withdraw(v, site),
    "primary.appointed": lambda v, site: handover.appoint(v, at("plain", site), site),
    "contact.added": lambda v, site: site_page.add(v, site, SOMEBODY),
    "contact.changed": lambda v, site: site_page.change(v, site, found(v, site_contacts, site), 1, SOMEBODY),
    "contact.removed": lambda v, site: site_page.remove(v, site, found(v, site_contacts, site), 1),
    "limits.changed": lambda v, site: site_page.set_limits(v, site, "BRL", NOBODY_ELSE, {}),
    "view.saved": lambda v, _site: views.save(v, "renewals", "Another", {"due": ["overdue"]}),
    "view.changed": lambda v, _site: views.rename(v, own_view(v), 1, "Another"),
    "view.shared": lambda v, site: views.share(v, own_view(v), site),
    "view.removed": lambda v, _site: views.remove(v, own_view(v)),
    "view.marked": lambda v, _site: views.pin(v, own_view(v), True),
    "calendar.made": lambda v, _site: calendar_feed.make(v, own_view(v)),
    "calendar.revoked": lambda v, _site: calendar_feed.revoke(v, own_view(v)),
    "note.written": lambda v, site: written.write(v, site, f"C{site}", SAID),
    "note.changed": lambda v, site: written.change(v, site, found(v, notes, site), 1, SAID),
    "note.removed": lambda v, site: written.remove(v, site, found(v, notes, site), 1),
    "step.done": lambda v, site: written.finish(v, site, found(v, notes, site), 1),
    "import.undo": lambda v, site: undo(v, found(v, batches, site)),
    "entitlements.deployed": lambda v, site: deployment.enter(v, *counted(v, site)),
    "mapping.keep": lambda v, _site: keep(v, "ours", "orders", {"order_number": "Pedido"}),
    "account.changed": lambda v, _site: my_account.rename(v, "Another Name"),
    "second_factor.reset": lambda v, site: second_factor.reset(v, at("plain", site), NOW),
    "mail.link_shown": lambda v, site: outbox.show_link(v, found(v, letters, site)),
    "mail.retried": lambda v, site: outbox.send_again(v, found(v, letters, site)),
}
# About oneself, or done at the machine: what they need to be tried is where they are tried.
ELSEWHERE = {
    "primary.accepted": "access/people/test_acts_on_people.py",
    "primary.declined": "access/people/test_acts_on_people.py",
    "shared_view.changed": "reports/test_saved_views.py",
    "shared_view.removed": "reports/test_saved_views.py",
    "password.set": "access/entry/test_links.py",
    "password.rehashed": "access/entry/test_sign_in.py",
    "account.activated": "access/entry/test_identity.py",
    "session.ended": "settings/test_my_account.py",
    "second_factor.on": "access/entry/test_second_factor.py",
    "second_factor.off": "access/entry/test_second_factor.py",
    "second_factor.codes": "access/entry/test_second_factor.py",
    "import": "isolation/test_writing.py",
    "page.opened": "test_permissions.py",
    "file.asked": "settings/test_asking.py",
    "demonstration.loaded": "demo/test_demonstration.py",
    "demonstration.removed": "demo/test_demonstration.py",
    "store.restored": "store/test_backup.py",
}
# They name no site.
OWN_ALONE = ("request.made", "mapping.keep", "account.changed", "view.saved", "view.changed", "view.removed", "view.marked", "calendar.made",
             "calendar.revoked")


def test_every_act_is_tried_and_nothing_is_tried_that_is_no_act(document: dict[str, Any]) -> None:
    assert {row["act"] for row in document["matrix"]["acts"]} == ACTS.keys() | ELSEWHERE.keys()
    assert all((PROJECT / "tests" / file).exists() for file in ELSEWHERE.values())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[str, Viewer]]]:
    """Two sites with a primary contact and everything that acts are about; at Boreal also one actor for each column."""
    store = store_in(tmp_path_factory.mktemp("office"), PAO_SMTP_URL="smtp://127.0.0.1:9", PAO_MAIL_FROM="desk@desk.example")
    open_shop(store)
    for site in (BOREAL, CEDRO):
        hire(store, at("primary", site), site, "primary")
        for name in TARGETS:
            hire(store, at(name, site), site, "secondary" if name == "heir" else "user", status="invited" if name == "new" else "active")
    with store.writing("test") as writing:
        ids = {row.email: row.id for row in writing.connection.execute(select(users))}
        writing.connection.execute(update(memberships).where(memberships.c.user_id.in_([ids[at("out", site)] for site in (BOREAL, CEDRO)])).values(
            suspended_at=writing.at))
        for site in (BOREAL, CEDRO):
            for table, values in about(site, ids, writing.at, writing.txn):
                writing.connection.execute(insert(table).values(**values))
        writing.connection.execute(update(users).where(users.c.status == "active").values(password_hash=KEPT))
    actors = {name: hire(store, at(name.replace(" ", "-"), "boreal"), BOREAL, "user", privileges) for name, privileges in MEMBERS.items()}
    actors |= {"secondary": hire(store, at("secondary", "boreal"), BOREAL, "secondary"), "primary": Viewer.of_email(store, at("primary", BOREAL)),
               "operator": hire(store, "dora@desk.example", None, "operator", {}, operator=True)}
    for viewer in actors.values():
        calendar_feed.make(viewer, views.save(viewer, "renewals", "Own", {}))
    yield store, actors
    store.dispose()


def about(site: str, ids: dict[str, int], now: datetime, txn: int) -> Iterator[tuple[Table, dict[str, Any]]]:
    """A request, an open offer, a contact, an import, an entitlement, a step, a second factor and a letter of a site."""
    yield access_requests, {"email": at("asks", site), "name": "Asks", "reseller_site_number": site, "form": "authorization", "claims_primary": False,
                            "asked_at": now, "state": "waiting"}
    yield primary_offers, {"reseller_site_number": site, "from_user_id": ids[at("primary", site)], "to_user_id": ids[at("heir", site)],
                           "offered_at": now, "expires_at": now + handover.LIFE}
    yield site_contacts, {"reseller_site_number": site, "types": ["renewal"], "first_name": "Rui", "last_name": "Sá", "email": at("rui", site),
                          "version": 1, "changed_at": now, "changed_by": "test"}
    yield batches, {"dataset": "orders", "file_name": "orders.csv", "file_sha256": site, "txn": -int(site), "loaded_at": now, "actor": "test",
                    "read": 0, "loaded": 0, "unchanged": 0, "rejected": 0, "warned": 0, "stubs": [], "seconds": Decimal(1),
                    "reseller_site_number": site}
    yield customer_sites, {"site_number": f"C{site}", "name": site, "name_folded": site, "country": "BR", "stub": False, "txn": txn}
    yield parts, {"part_number": f"D{site}", "description": site, "stub": False, "txn": txn}
    yield entitlements, {"reseller_site_number": site, "site_number": f"C{site}", "part_number": f"D{site}", "coverage_start": now.date(),
                         "quantity": Decimal(9), "txn": txn}
    yield notes, {"reseller_site_number": site, "site_number": f"C{site}", "kind": "step", "text": "Call", "due_on": now.date(),
                  "assignee": at("plain", site), "written_at": now, "written_by": at("plain", site), "changed_at": now,
                  "changed_by": at("plain", site), "version": 1}
    yield second_factors, {"user_id": ids[at("plain", site)], "secret": "sealed", "confirmed_at": now}
    yield letters, {"letter": "activation", "recipient": at("new", site), "reseller_site_number": site, "facts": {"user_id": ids[at("new", site)]},
                    "state": "waiting", "tries": 0, "created_at": now, "due_at": now}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_done_by_whom_the_document_says_and_leaves_one_line_in_the_audit(
    name: str, document: dict[str, Any], office: tuple[Store, dict[str, Viewer]],
) -> None:
    (row,) = (row for row in document["matrix"]["acts"] if row["act"] == name)
    store, actors = office
    start, wrong = rows(store), []
    for site in (BOREAL, *(() if name in OWN_ALONE else (CEDRO,))):
        for who, viewer in actors.items():
            said, before, count = allowed(row, who), rows(store), audited(store)
            expected = said == ANYWHERE or (said == YES and site == BOREAL) or (said == SHARED and name in OWN_ALONE)
            refused, after, lines = refusal(ACTS[name], viewer, site), rows(store), audit_since(store, count)
            told = [(line.act, line.refused, line.actor) for line in lines]
            if (refused is None) is not expected or told != [(name, not expected, viewer.email)] or (not expected and after != before):
                wrong.append((who, site, said, refused, told, [table for table in after if after[table] != before[table]]))
            if after != before:
                put_back(store, start)
    assert not wrong
