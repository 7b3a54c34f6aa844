"""What the operator sees of letters that wait, and does with them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cast import BOREAL, CEDRO
from keys import ANA, PASSWORD, RUI
from letterbox import MINUTE, Desk
from post_office import PostOffice, served_by
from sqlalchemy import select
from staff import hire

from pao_core.access import AccessDenied, Viewer
from pao_core.access.entry import links, new_password
from pao_core.access.mail import outbox
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.schema import audit

DORA = "dora@desk.example"


@pytest.fixture
def dora(desk: Desk) -> Viewer:
    """The operator of the installation, whose clock goes with the machine's from here on: the page's does."""
    desk.now = Settings.now()
    return hire(desk.store, DORA, None, "user", operator=True)


def acts(desk: Desk) -> list[tuple[str, str, str | None, bool]]:
    with desk.store.reading() as connection:
        rows = connection.execute(select(audit).where(audit.c.act.like("mail.%")).order_by(audit.c.id))
        return [(row.act, row.actor, row.object, row.refused) for row in rows]


def test_without_a_mail_server_the_operator_sees_whom_letters_are_for_and_hands_the_link_over(desk: Desk, dora: Viewer) -> None:
    served_by(desk.store, {})
    number = desk.put("activation", RUI, BOREAL, user_id=desk.id_of(RUI), site=BOREAL, by=ANA)
    [letter] = outbox.waiting(dora)
    assert letter == {"id": number, "letter": "Activation link", "to": RUI, "name": "Rui Lopes", "site": BOREAL, "since": desk.now, "tries": 0,
                      "problem": None, "given_up": False, "link": True}
    link = outbox.show_link(dora, number)
    new_password.by_link(desk.store, link.rsplit("token=", 1)[1], links.ACTIVATION, PASSWORD, PASSWORD, Settings.now())
    assert acts(desk) == [("mail.link_shown", DORA, RUI, False)]


def test_a_link_that_was_shown_ends_older_ones_is_shown_once_and_its_letter_is_not_sent(desk: Desk, dora: Viewer, office: PostOffice) -> None:
    with desk.store.writing("test") as writing:
        older = links.issue(writing.connection, desk.id_of(RUI), links.ACTIVATION, desk.now)
    number = desk.activation(RUI)
    token = outbox.show_link(dora, number).rsplit("token=", 1)[1]
    now = Settings.now()
    assert (links.state(desk.store, older, links.ACTIVATION, now), links.state(desk.store, token, links.ACTIVATION, now)) == ("late", "valid")
    assert token not in desk.everything_kept()
    with pytest.raises(Refused, match="waits no longer"):
        outbox.show_link(dora, number)
    assert desk.deliver(MINUTE).sent == 0
    assert outbox.waiting(dora) == []
    assert [act[3] for act in acts(desk)] == [False, True]


def test_a_letter_that_could_not_be_sent_says_why_and_is_sent_again_when_asked(desk: Desk, dora: Viewer, office: PostOffice) -> None:
    office.refuses[RUI] = "550 no such mailbox"
    number = desk.activation(RUI)
    desk.deliver()
    [letter] = outbox.waiting(dora)
    assert (letter["tries"], letter["given_up"], letter["problem"]) == (
        1, True, "The mail server does not take the letter: 550 no such mailbox.")
    office.refuses.clear()
    outbox.send_again(dora, number)
    assert desk.deliver(MINUTE).sent == 1
    assert outbox.waiting(dora) == []
    with pytest.raises(Refused, match="waits no longer"):
        outbox.send_again(dora, number)
    assert acts(desk) == [("mail.retried", DORA, RUI, False), ("mail.retried", DORA, RUI, True)]


def test_a_letter_that_waits_for_its_next_try_need_not(desk: Desk, dora: Viewer, office: PostOffice) -> None:
    office.refuses[RUI] = "450 later"
    number = desk.activation(RUI)
    desk.deliver()
    office.refuses.clear()
    assert desk.deliver(timedelta(seconds=30)).sent == 0
    outbox.send_again(dora, number)
    assert desk.deliver(timedelta(seconds=30)).sent == 1


def test_what_has_no_server_is_not_sent_again(desk: Desk, dora: Viewer) -> None:
    served_by(desk.store, {})
    with pytest.raises(Refused, match="No mail server is set up"):
        outbox.send_again(dora, desk.activation(RUI))


def test_only_the_operator_sees_letters_and_their_links(desk: Desk, dora: Viewer) -> None:
    number = desk.activation(RUI)
    ana = Viewer.of_email(desk.store, ANA)
    for verb in (outbox.show_link, outbox.send_again):
        with pytest.raises(AccessDenied):
            verb(ana, number)
        with pytest.raises(AccessDenied):
            verb(ana, number + 1_000)
    with pytest.raises(AccessDenied):
        outbox.waiting(ana)
    assert acts(desk) == [(act, ANA, None, True) for act in ("mail.link_shown", "mail.link_shown", "mail.retried", "mail.retried")]
    assert desk.deliver(MINUTE).sent == 1, "and nothing was changed"


def test_letters_that_nobody_should_get_any_more_are_not_shown(desk: Desk, dora: Viewer) -> None:
    served_by(desk.store, {})
    desk.put("reset", "nobody@boreal.example")
    gone = desk.activation(RUI)
    desk.put("access_requested", None, CEDRO, request_id=desk.ask("nora@boreal.example", CEDRO))
    desk.change(RUI, status="suspended")
    [letter] = outbox.waiting(dora)
    assert (letter["letter"], letter["to"], letter["link"]) == ("Somebody asks for access", None, False)
    with pytest.raises(Refused, match="no link any longer"):
        outbox.show_link(dora, gone)


def test_a_letter_without_a_link_shows_none(desk: Desk, dora: Viewer) -> None:
    number = desk.put("password_changed", ANA, user_id=desk.id_of(ANA))
    assert [letter["link"] for letter in outbox.waiting(dora)] == [False]
    with pytest.raises(Refused, match="no link any longer"):
        outbox.show_link(dora, number)
    assert desk.deliver(MINUTE).sent == 1


def test_a_letter_is_either_sent_or_its_link_shown(desk: Desk, dora: Viewer, office: PostOffice) -> None:
    """Sixteen at once: eight operators and eight senders want the same letter."""
    for number in range(1, 6):
        letter = desk.activation(RUI)
        together = threading.Barrier(16)

        def show(_turn: int, letter: int = letter, together: threading.Barrier = together) -> int:
            together.wait()
            try:
                return bool(outbox.show_link(dora, letter))
            except Refused:
                return 0

        def send(_turn: int, together: threading.Barrier = together) -> int:
            together.wait()
            return desk.deliver(MINUTE).sent

        with ThreadPoolExecutor(16) as threads:
            shown, sent = [threads.submit(show, turn) for turn in range(8)], [threads.submit(send, turn) for turn in range(8)]
            assert sum(one.result() for one in [*shown, *sent]) == 1, number


def test_an_act_cannot_put_what_is_no_letter(desk: Desk) -> None:
    for letter, facts in (("greeting", {}), ("activation", {}), ("reset", {"token": "secret"})):
        with pytest.raises(ValueError, match="no letter"):
            desk.put(letter, RUI, **facts)
    assert desk.letters() == []
