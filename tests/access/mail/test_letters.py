"""What letters say: in the reader's language, to whoever should have them as of now, with nothing in them that a name could smuggle in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cast import AURORA, BOREAL, CEDRO
from keys import ANA, NOW, RUI
from letterbox import MINUTE, Desk
from post_office import PostOffice
from sqlalchemy import delete, insert, update
from staff import MANAGES, hire

from pao_core.access.mail import letters
from pao_core.locale import LANGUAGES, formats, use
from pao_core.locale import _ as said
from pao_core.store.schema import access_requests, memberships, primary_offers

EVE = "eve@boreal.example"


def offer(desk: Desk, email: str) -> None:
    with desk.store.writing("test") as writing:
        writing.connection.execute(insert(primary_offers).values(
            reseller_site_number=BOREAL, from_user_id=desk.id_of(ANA), to_user_id=desk.id_of(email), offered_at=NOW,
            expires_at=NOW + timedelta(days=7)))


def put_one_of_each(desk: Desk) -> None:
    """Every letter that there is, to whom it concerns."""
    hire(desk.store, EVE, BOREAL, "secondary")
    offer(desk, EVE)
    desk.activation(RUI)
    desk.put("access_requested", None, BOREAL, request_id=desk.ask("nora@boreal.example", BOREAL))
    desk.put("access_granted", EVE, BOREAL, user_id=desk.id_of(EVE), site=BOREAL)
    denied = desk.ask("nora@boreal.example", BOREAL, state="denied", reason="Ask your boss first.", language="pt_BR")
    desk.put("access_denied", "nora@boreal.example", BOREAL, request_id=denied)
    desk.put("reset", ANA)
    desk.put("password_changed", ANA, user_id=desk.id_of(ANA))
    desk.put("primary_offered", EVE, BOREAL, site=BOREAL, by=ANA)
    desk.put("primary_changed", ANA, BOREAL, site=BOREAL, by="command line")
    desk.put("second_factor_changed", ANA, user_id=desk.id_of(ANA), on=True)


def test_every_letter_says_what_it_is_about_what_to_do_why_one_gets_it_and_whose_product_it_is_not(desk: Desk, office: PostOffice) -> None:
    put_one_of_each(desk)
    assert desk.deliver().sent == len(letters.KINDS)
    for letter in office.letters:
        subject = letter.message["Subject"]
        assert subject
        assert letter.message["From"] == "PAO Desk <pao@desk.example>"
        assert letter.message["Auto-Submitted"] == "auto-generated"
        assert letter.message.get_content_type() == "multipart/alternative"
        for form in (letter.text, letter.html):
            assert "PAO Desk, http://localhost:8501." in form, subject
            assert said("PAO Desk is not affiliated with IBM.") in form or letter.message["Content-Language"] != "en"
        if letter.message["Content-Language"] == "en":
            assert letter.text.startswith("Hello ")
            assert "You get this letter because" in letter.text
        assert not re.search(r"\{\w*\}|None", letter.text + letter.html), subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_speaks_the_language_of_who_reads_it(desk: Desk, office: PostOffice, language: str) -> None:
    desk.change(RUI, language=language)
    desk.activation(RUI)
    desk.deliver()
    [letter] = office.letters
    with use(language):
        assert letter.message["Subject"] == said("Your access to PAO Desk")
        until = formats.moment(NOW + timedelta(days=7), desk.store.settings.timezone)
        assert said("The link can be used once, until {until} (time zone {zone}). A newer letter with a link ends it.", until=until,
                    zone="UTC") in letter.text
        assert said("PAO Desk is not affiliated with IBM.") in letter.html
    tag = language.replace("_", "-")
    assert letter.message["Content-Language"] == tag
    assert f'<html lang="{tag}">' in letter.html


def test_who_has_chosen_no_language_is_written_to_in_the_one_of_the_request_or_in_english(desk: Desk, office: PostOffice) -> None:
    desk.activation(RUI)
    desk.deliver()
    desk.ask(RUI, CEDRO, language="es", state="granted")
    desk.activation(RUI)
    desk.deliver()
    denied = desk.ask("nora@boreal.example", BOREAL, state="denied", reason="No.", language="pt_BR")
    desk.put("access_denied", "nora@boreal.example", BOREAL, request_id=denied)
    desk.deliver()
    assert [letter.message["Content-Language"] for letter in office.letters] == ["en", "es", "pt-BR"]


def test_times_are_those_of_the_installation(desk: Desk, office: PostOffice) -> None:
    desk.store.settings = replace(desk.store.settings, timezone=ZoneInfo("America/Sao_Paulo"))
    desk.put("reset", ANA)
    desk.deliver()
    assert "until 02 Mar 2026, 10:00 (time zone America/Sao_Paulo)" in office.letters[0].text


def test_who_may_come_in_already_gets_no_one_time_link(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, EVE, BOREAL, "user")
    desk.put("access_granted", EVE, BOREAL, user_id=desk.id_of(EVE), site=BOREAL)
    desk.put("access_granted", RUI, BOREAL, user_id=desk.id_of(RUI), site=BOREAL)
    desk.deliver()
    assert [(letter.to[0], letter.link is not None) for letter in office.letters] == [(EVE, False), (RUI, True)]
    assert "You have been given access to Boreal (7000002)." in office.letters[0].text


# -- who is told of a request -----------------------------------------------------------------------------------------
def told_of(desk: Desk, office: PostOffice, site: str, **more: Any) -> list[str]:
    before = len(office.letters)
    desk.put("access_requested", None, site, request_id=desk.ask("nora@boreal.example", site, **more))
    desk.deliver()
    return sorted(letter.to[0] for letter in office.letters[before:])


def test_a_request_is_told_to_those_who_manage_access_there_each_in_a_letter_of_its_own(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, EVE, BOREAL, "secondary", MANAGES)
    hire(desk.store, "view@boreal.example", BOREAL, "secondary")
    hire(desk.store, "away@boreal.example", BOREAL, "secondary", MANAGES)
    desk.change("away@boreal.example", status="suspended")
    hire(desk.store, "else@aurora.example", AURORA, "primary")
    hire(desk.store, "dora@desk.example", None, "user", operator=True)
    desk.change(EVE, language="pt_BR")
    assert told_of(desk, office, BOREAL) == [ANA, EVE]
    assert {letter.to[0]: letter.message["Content-Language"] for letter in office.letters} == {ANA: "en", EVE: "pt-BR"}
    assert "Nora Dias (nora@boreal.example) asks for access to Boreal (7000002)." in office.to(ANA)[0].text


def test_letters_about_requests_can_be_switched_off_but_not_by_the_primary_contact(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, EVE, BOREAL, "secondary", MANAGES)
    for email in (ANA, EVE):
        desk.change(email, notifications={"access_requested": False})
    assert told_of(desk, office, BOREAL) == [ANA]


@pytest.mark.parametrize(("site", "claims"), [(BOREAL, True), (CEDRO, False), ("9999999", False)], ids=["claim", "no primary", "no reseller"])
def test_what_nobody_at_the_site_may_decide_is_told_to_the_operators(desk: Desk, office: PostOffice, site: str, claims: bool) -> None:
    for name in ("dora", "otto"):
        hire(desk.store, f"{name}@desk.example", None, "user", operator=True)
    desk.change("otto@desk.example", notifications={"access_requested": False})
    assert told_of(desk, office, site, claims_primary=claims) == ["dora@desk.example"]
    desk.change("dora@desk.example", notifications={"access_requested": False})
    with desk.store.writing("test") as writing:
        writing.connection.execute(delete(access_requests))
    assert told_of(desk, office, site, claims_primary=claims) == ["dora@desk.example", "otto@desk.example"]


def test_nobody_is_told_of_the_own_request(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, "dora@desk.example", None, "user", operator=True)
    desk.put("access_requested", None, CEDRO, request_id=desk.ask("dora@desk.example", CEDRO))
    assert desk.deliver().sent == 0


def test_a_decider_whose_mailbox_is_refused_keeps_the_letter_from_nobody_else(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, EVE, BOREAL, "secondary", MANAGES)
    office.refuses[ANA] = "450 later"
    assert told_of(desk, office, BOREAL) == [EVE]
    office.refuses.clear()
    desk.deliver(2 * MINUTE)
    assert [letter.to[0] for letter in office.letters] == [EVE, ANA]


# -- a reason that is gone --------------------------------------------------------------------------------------------
def test_what_has_been_decided_meanwhile_is_not_told(desk: Desk, office: PostOffice) -> None:
    request = desk.ask("nora@boreal.example", BOREAL)
    desk.put("access_requested", None, BOREAL, request_id=request)
    office.refuses[ANA] = "450 later"
    desk.deliver()
    office.refuses.clear()
    with desk.store.writing("test") as writing:
        writing.connection.execute(update(access_requests).values(state="granted"))
    assert desk.deliver(2 * MINUTE).to_json() == {"sent": 0, "failed": 0, "dropped": 1, "waiting": 0}


GONE = {
    "suspended": {"status": "suspended"}, "active already": {"status": "active", "password_hash": "x"},
}


@pytest.mark.parametrize("change", GONE)
def test_an_activation_link_goes_to_nobody_who_needs_or_may_have_none(desk: Desk, office: PostOffice, change: str) -> None:
    desk.activation(RUI)
    desk.change(RUI, **GONE[change])
    assert desk.deliver().dropped == 1
    assert office.letters == []


def test_who_is_suspended_gets_no_letter_of_any_kind(desk: Desk, office: PostOffice) -> None:
    put_one_of_each(desk)
    for email in (ANA, EVE, RUI):
        desk.change(email, status="suspended")
    desk.deliver()
    assert [letter.to[0] for letter in office.letters] == ["nora@boreal.example"]


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "suspended here"])
def test_who_has_no_place_any_more_gets_no_letter(desk: Desk, office: PostOffice, removed: bool) -> None:
    desk.activation(RUI)
    desk.put("access_granted", RUI, BOREAL, user_id=desk.id_of(RUI), site=BOREAL)
    mine = memberships.c.user_id == desk.id_of(RUI)
    with desk.store.writing("test") as writing:
        writing.connection.execute(delete(memberships).where(mine) if removed else update(memberships).where(mine).values(suspended_at=NOW))
    assert desk.deliver().dropped == 2


def test_a_new_password_for_nobody_is_dropped_without_a_word(desk: Desk, office: PostOffice) -> None:
    for email in ("nobody@boreal.example", RUI, "not an address", "x" * 300 + "@y"):
        desk.put("reset", email)
    assert desk.deliver().to_json() == {"sent": 0, "failed": 0, "dropped": 4, "waiting": 0}
    assert [row.problem for row in desk.letters()] == [None] * 4


def test_an_offer_that_was_taken_back_is_not_told(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, EVE, BOREAL, "secondary")
    offer(desk, EVE)
    desk.put("primary_offered", EVE, BOREAL, site=BOREAL, by=ANA)
    desk.put("primary_offered", RUI, BOREAL, site=BOREAL, by=ANA)
    assert desk.deliver().to_json() == {"sent": 1, "failed": 0, "dropped": 1, "waiting": 0}
    assert "Ana Prado (ana@boreal.example) offers you the role of the primary contact of Boreal (7000002)." in office.letters[0].text
    assert "until 09 Mar 2026, 12:00" in office.letters[0].text
    with desk.store.writing("test") as writing:
        writing.connection.execute(delete(primary_offers))
    desk.put("primary_offered", EVE, BOREAL, site=BOREAL, by=ANA)
    assert desk.deliver().dropped == 1


# -- what a name could do ---------------------------------------------------------------------------------------------
HEADS = ["Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
HOSTILE = [
    "Nora\r\nBcc: victim@else.example", "Nora\n\n<script>alert(1)</script>", "<img src=x onerror=alert(1)> & \"Nora\"",
    "Nora\u202egnp.exe", "Nora http://evil.example/now", "Nora www.evil.example", "=?utf-8?q?Bcc?= x", "Nora\x00\x1b[31m", "{name} {site}",
    "Nora\u2028Bcc: victim@else.example", "N" * 5_000,
]


def test_a_name_changes_neither_the_heads_nor_the_form_of_a_letter(desk: Desk, office: PostOffice) -> None:
    hire(desk.store, "dora@desk.example", None, "user", operator=True)
    for name in HOSTILE:
        name = name.replace("\x00", "\x01")  # PostgreSQL keeps no zero at all
        desk.change(ANA, name=name)
        desk.put("access_requested", None, BOREAL, request_id=desk.ask("nora@boreal.example", BOREAL, name))
        desk.put("access_requested", None, None, request_id=desk.ask("otto@boreal.example", name[:100], name))
        office.letters.clear()
        desk.deliver()
        assert sorted(letter.to for letter in office.letters) == [(ANA,), ("dora@desk.example",)]
        for letter in office.letters:
            subject, whole = str(letter.message["Subject"]), letter.text + letter.html + str(letter.message["Subject"])
            assert sorted(letter.message.keys()) == HEADS
            assert str(letter.message["To"]) == letter.to[0]
            assert not re.search(r"[\u202e\x01\x1b]", whole)
            assert not re.search(r"<(script|img)", letter.html)
            assert not re.search(r"https?://(?!localhost:8501)|evil\.example", whole)
            assert len(subject) < 200
        desk.settle_requests()


MAILBOXES = ["a,b@boreal.example", "<x@boreal.example", "a;b@boreal.example", "x@a,b@c", "@@b", "a(b)@c.example", "a@b:c"]


def test_what_mail_would_read_as_other_than_one_mailbox_gets_no_letter(desk: Desk, office: PostOffice) -> None:
    for email in MAILBOXES:
        denied = desk.ask(email, BOREAL, state="denied", reason="No.")
        desk.put("access_denied", email, BOREAL, request_id=denied)
    desk.activation(RUI)
    done = desk.deliver()
    assert (done.sent, done.dropped) == (1, len(MAILBOXES))
    assert {row.state for row in desk.letters() if row.problem} == {"dropped"}
    assert [letter.to for letter in office.letters] == [(RUI,)]


def test_a_mailbox_at_a_domain_with_accents_is_reached_by_its_other_name(desk: Desk, office: PostOffice) -> None:
    denied = desk.ask("nora@nação.example", BOREAL, state="denied", reason="No.")
    desk.put("access_denied", "nora@nação.example", BOREAL, request_id=denied)
    desk.deliver()
    assert [letter.to for letter in office.letters] == [(f"nora@{'nação.example'.encode('idna').decode()}",)]
