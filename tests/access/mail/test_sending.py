"""Letters go out behind the act, each once, and wait for a mail server that is away."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from browser import PATIENCE
from cast import times
from keys import ANA, NOW, PASSWORD, RUI
from letterbox import MINUTE, Desk
from post_office import PostOffice, open_office, self_signed, served_by
from sqlalchemy import select, update

from pao_core.access import Viewer
from pao_core.access.entry import links, new_password
from pao_core.access.entry.sign_in import sign_in
from pao_core.access.mail import outbox, sending
from pao_core.access.people import users
from pao_core.config import Settings
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import outbox as letters_table

SENDERS = 16
OTHERS = [f"reader{number}@boreal.example" for number in range(8)]


def invite(desk: Desk, emails: list[str]) -> None:
    for email in emails:
        users.add(desk.operator, email, email.split("@")[0].title(), "7000002", "user")


def states(desk: Desk) -> list[tuple[str, int]]:
    return [(row.state, row.tries) for row in desk.letters()]


def test_the_link_of_a_letter_opens_the_account(desk: Desk, office: PostOffice) -> None:
    desk.activation(RUI)
    assert desk.deliver().to_json() == {"sent": 1, "failed": 0, "dropped": 0, "waiting": 0}
    [letter] = office.letters
    assert letter.to == (RUI,)
    assert letter.link == links.address(desk.store.settings, letter.token, links.ACTIVATION)
    new_password.by_link(desk.store, letter.token, links.ACTIVATION, PASSWORD, PASSWORD, NOW + MINUTE)
    assert sign_in(desk.store, RUI, PASSWORD, None, NOW + MINUTE) is not None


def test_a_forgotten_password_is_set_by_the_letter_within_the_hour(desk: Desk, office: PostOffice) -> None:
    desk.put("reset", " ANA@boreal.example ")
    desk.deliver()
    [letter] = office.letters
    assert letter.to == (ANA,)
    assert links.state(desk.store, letter.token, links.RESET, NOW + 59 * MINUTE) == "valid"
    assert links.state(desk.store, letter.token, links.RESET, NOW + 61 * MINUTE) == "late"


def test_a_letter_whose_act_came_to_nothing_is_never_sent(desk: Desk, office: PostOffice) -> None:
    with pytest.raises(RuntimeError), desk.store.writing("test") as writing:
        outbox.put(writing.connection, "activation", RUI, NOW, user_id=desk.id_of(RUI))
        raise RuntimeError
    assert desk.deliver().sent == 0
    assert office.letters == []


def test_what_was_sent_is_not_sent_again(desk: Desk, office: PostOffice) -> None:
    desk.activation(RUI)
    for after in (timedelta(), MINUTE, timedelta(days=1), timedelta(days=80)):
        desk.deliver(after)
    assert len(office.letters) == 1


def test_many_letters_share_a_connection(desk: Desk, office: PostOffice) -> None:
    invite(desk, OTHERS)
    for email in OTHERS:
        desk.activation(email)
    assert desk.deliver().sent == len(OTHERS)
    assert sorted(letter.to[0] for letter in office.letters) == OTHERS
    assert len({letter.message["Message-ID"] for letter in office.letters}) == len(OTHERS)


def test_of_sixteen_senders_at_once_each_letter_is_sent_by_one(desk: Desk, office: PostOffice) -> None:
    invite(desk, OTHERS[:3])
    senders = [Store(desk.store.settings) for _number in range(SENDERS)]
    rounds = times(20, 1_000)  # on each of the two stores
    try:
        with ThreadPoolExecutor(SENDERS) as threads:
            for number in range(rounds):
                ids = [desk.activation(email) for email in OTHERS[:3]]
                together = threading.Barrier(SENDERS)

                def send(store: Store, together: threading.Barrier = together) -> int:
                    together.wait()
                    return sending.deliver(store, NOW).sent

                assert sum(threads.map(send, senders)) == len(ids)
                assert len(office.letters) == len(ids) * (number + 1)
    finally:
        for store in senders:
            store.dispose()
    came = [letter.message["Message-ID"] for letter in office.letters]
    assert len(set(came)) == len(came) == rounds * 3
    assert {state for state, _tries in states(desk)} == {"sent"}


def test_no_token_is_kept_anywhere(desk: Desk, office: PostOffice) -> None:
    desk.activation(RUI)
    desk.put("reset", ANA)
    desk.deliver()
    tokens = [letter.token for letter in office.wait(2)]
    kept = desk.everything_kept()
    assert RUI in kept
    assert all(len(token) > 40 and token not in kept for token in tokens)


# -- a server that is away --------------------------------------------------------------------------------------------
def test_a_letter_waits_for_the_server_ever_longer_and_goes_out_when_it_is_back(desk: Desk, office: PostOffice) -> None:
    port = office.port
    office.stop()
    desk.activation(RUI)
    tried = [timedelta(), MINUTE, 6 * MINUTE, 21 * MINUTE, 81 * MINUTE, 81 * MINUTE + timedelta(hours=6)]
    slack = timedelta(seconds=20)  # the rounds themselves take a moment
    for number, after in enumerate(tried):
        assert desk.deliver(after + number * slack).failed == 1
        assert states(desk) == [("waiting", number + 1)]
        assert desk.deliver(after + (number + 1) * slack).failed == 0, "too early for another try"
    assert desk.problem() == f"The mail server localhost:{port} cannot be reached: Connection refused."
    with open_office(port=port) as back:
        assert desk.deliver(timedelta(days=1)).sent == 1
        assert [letter.to for letter in back.letters] == [(RUI,)]
    assert states(desk) == [("sent", len(tried) + 1)]


def test_after_three_days_a_letter_is_given_up_and_its_problem_kept(desk: Desk, office: PostOffice) -> None:
    office.stop()
    desk.activation(RUI)
    desk.deliver()
    assert desk.deliver(timedelta(days=3)).to_json() == {"sent": 0, "failed": 0, "dropped": 1, "waiting": 0}
    assert states(desk) == [("dropped", 2)]
    assert "cannot be reached" in desk.problem()
    assert desk.deliver(timedelta(days=4)).dropped == 0


def test_while_the_server_is_away_an_older_link_stays_good(desk: Desk, office: PostOffice) -> None:
    with desk.store.writing("test") as writing:
        older = links.issue(writing.connection, desk.id_of(RUI), links.ACTIVATION, NOW)
    office.stop()
    desk.activation(RUI)
    desk.deliver()
    assert links.state(desk.store, older, links.ACTIVATION, NOW + MINUTE) == "valid"


def test_a_server_that_is_away_costs_one_try_a_round(desk: Desk, office: PostOffice) -> None:
    office.stop()
    for _number in range(5):
        desk.activation(RUI)
    assert desk.deliver().to_json() == {"sent": 0, "failed": 1, "dropped": 0, "waiting": 5}


# -- a server that is unwilling ---------------------------------------------------------------------------------------
def test_a_recipient_that_the_server_does_not_know_is_given_up_and_the_others_get_theirs(desk: Desk, office: PostOffice) -> None:
    invite(desk, OTHERS[:2])
    office.refuses[RUI] = "550 no such mailbox"
    for email in (OTHERS[0], RUI, OTHERS[1]):
        desk.activation(email)
    assert desk.deliver().to_json() == {"sent": 2, "failed": 0, "dropped": 1, "waiting": 0}
    assert desk.problem() == "The mail server does not take the letter: 550 no such mailbox."


def test_a_recipient_that_is_refused_for_now_is_tried_again(desk: Desk, office: PostOffice) -> None:
    office.refuses[RUI] = "450 come back later"
    desk.activation(RUI)
    assert desk.deliver().failed == 1
    office.refuses.clear()
    assert desk.deliver(2 * MINUTE).sent == 1


def test_a_letter_that_the_server_does_not_like_holds_up_no_other(desk: Desk, office: PostOffice) -> None:
    invite(desk, OTHERS[:2])
    office.answer = lambda number: "554 looks like spam" if number == 1 else "250 taken"
    for email in (RUI, *OTHERS[:2]):
        desk.activation(email)
    assert desk.deliver().to_json() == {"sent": 2, "failed": 1, "dropped": 0, "waiting": 1}
    assert "554 looks like spam" in desk.problem()


def test_a_server_that_hangs_up_in_the_middle_gets_the_letter_again_under_the_same_number(desk: Desk, office: PostOffice) -> None:
    invite(desk, OTHERS[:1])
    numbers = []
    office.answer = lambda number: None if number == 2 else "250 taken"
    desk.activation(RUI)
    desk.activation(OTHERS[0])
    desk.activation(RUI)
    done = desk.deliver()
    assert (done.sent, done.failed) == (2, 1), "the third goes over a new connection"
    assert "cannot be reached" in desk.problem()
    desk.deliver(2 * MINUTE)
    numbers = [letter.message["Message-ID"] for letter in office.letters]
    assert [letter.to[0] for letter in office.letters] == [RUI, RUI, OTHERS[0]]
    assert len(set(numbers)) == 3


def test_a_slow_server_holds_the_letter_and_no_second_sender_takes_it(desk: Desk, office: PostOffice) -> None:
    office.gate.clear()
    desk.activation(RUI)
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(desk.deliver)
        assert office.busy.wait(PATIENCE)
        assert desk.deliver(9 * MINUTE).sent == 0
        assert states(desk) == [("sending", 1)]
        office.gate.set()
        assert slow.result().sent == 1
    assert len(office.letters) == 1


def test_a_server_that_does_not_answer_in_time_is_away(desk: Desk, office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", 0.2)
    office.gate.clear()
    desk.activation(RUI)
    assert desk.deliver().failed == 1
    assert "cannot be reached" in desk.problem()


def test_the_letter_of_a_sender_that_died_is_taken_up_after_ten_minutes(desk: Desk, office: PostOffice) -> None:
    desk.activation(RUI)
    with desk.store.writing("mail") as writing:
        dead = outbox.claim(writing.connection, NOW)
    assert dead is not None
    assert desk.deliver(9 * MINUTE).sent == 0
    assert desk.deliver(11 * MINUTE).sent == 1
    with desk.store.writing("mail") as writing:  # back from the dead: it may not spoil what the other wrote
        outbox.failed(writing.connection, dead, NOW + 12 * MINUTE, outbox.Unsent("late"))
    assert states(desk) == [("sent", 2)]
    assert len(office.letters) == 1


def test_a_letter_that_cannot_be_written_holds_up_no_other(desk: Desk, office: PostOffice, caplog: pytest.LogCaptureFixture) -> None:
    broken = desk.activation(RUI)
    with desk.store.writing("test") as writing:
        writing.connection.execute(update(letters_table).where(letters_table.c.id == broken).values(letter="of a later version"))
    desk.activation(RUI)
    with caplog.at_level(logging.CRITICAL, logger=sending.__name__):
        assert desk.deliver().to_json() == {"sent": 1, "failed": 1, "dropped": 0, "waiting": 1}


# -- encrypted and logged in ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("scheme", "query"), [("smtp", "?starttls=1"), ("smtps", "")])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_that_is_trusted_is_not(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, query: str,
) -> None:
    certificate = self_signed(tmp_path)
    with open_office(certificate=certificate, scheme=scheme, query=query, log_in=True) as sealed:
        served_by(desk.store, sealed.environment)
        desk.activation(RUI)
        assert desk.deliver().failed == 1
        assert "offers no connection that can be trusted: self-signed certificate" in desk.problem()
        assert sealed.seen == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert desk.deliver(2 * MINUTE).sent == 1
        assert sealed.letters[0].to == (RUI,)


def test_a_server_that_should_encrypt_and_does_not_gets_nothing(desk: Desk) -> None:
    with open_office(query="?starttls=1") as plain:
        served_by(desk.store, plain.environment)
        desk.activation(RUI)
        assert desk.deliver().failed == 1
        assert "offers no connection that can be trusted" in desk.problem()
        assert plain.seen == 0


def test_a_wrong_password_is_said_without_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with open_office(log_in=True) as guarded:
        served_by(desk.store, {**guarded.environment, "PAO_SMTP_URL": guarded.url.replace("blue", "green")})
        desk.activation(RUI)
        with caplog.at_level(logging.WARNING, logger=sending.__name__):
            assert desk.deliver().failed == 1
        assert desk.problem() == f"The mail server localhost:{guarded.port} does not accept the user and the password of PAO_SMTP_URL."
        assert "green" not in caplog.text + desk.everything_kept() + repr(desk.store.settings)
        with pytest.raises(Refused, match="does not accept the user"):
            sending.check(desk.store)
        served_by(desk.store, guarded.environment)
        assert sending.check(desk.store) == f"localhost:{guarded.port} answers"
        assert desk.deliver(2 * MINUTE).sent == 1


# -- behind the pages -------------------------------------------------------------------------------------------------
@pytest.fixture
def postman(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> sending.Postman:
    """A postman that looks at the outbox only when it is woken."""
    monkeypatch.setattr(sending, "EVERY", 3600.0)
    desk.now = Settings.now()
    return sending.Postman(desk.store)


def test_a_letter_goes_out_as_soon_as_its_act_is_done(desk: Desk, office: PostOffice, postman: sending.Postman) -> None:
    postman.start()
    desk.activation(RUI)
    office.wait(1)
    desk.put("reset", ANA)
    assert {letter.to for letter in office.wait(2)} == {(RUI,), (ANA,)}
    postman.stop()
    assert not postman._thread.is_alive()
    desk.activation(RUI)
    assert desk.deliver().sent == 1, "after the stop nobody took it"


def test_what_waited_before_the_start_goes_out_at_the_start(desk: Desk, office: PostOffice, postman: sending.Postman) -> None:
    desk.activation(RUI)
    postman.start()
    office.wait(1)
    postman.stop()


def test_a_failure_does_not_end_the_postman(
    desk: Desk, office: PostOffice, postman: sending.Postman, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    failed = threading.Event()

    def fail(*_arguments: object) -> None:
        failed.set()
        raise RuntimeError("a slip")

    with caplog.at_level(logging.CRITICAL, logger=sending.__name__):
        monkeypatch.setattr(sending, "deliver", fail)
        postman.start()
        assert failed.wait(10)
        monkeypatch.undo()
        desk.activation(RUI)
        office.wait(1)
        postman.stop()


def test_a_page_says_that_the_letter_waits_when_it_does(desk: Desk, office: PostOffice, postman: sending.Postman) -> None:
    postman.start()
    desk.activation(RUI)
    assert outbox.note(desk.store) is None
    office.stop()
    desk.activation(RUI)
    assert outbox.note(desk.store) == "The letter waits: the mail server does not take it now. It is sent as soon as it does."
    postman.stop()
    served_by(desk.store, {})
    assert outbox.note(desk.store) == (
        "The letter waits: no mail server is set up. The operator hands the link over, on Settings > Access requests.")


def test_one_refused_mailbox_is_no_server_that_is_away(desk: Desk, office: PostOffice) -> None:
    office.refuses[RUI] = "450 come back later"
    desk.activation(RUI)
    desk.deliver()
    assert outbox.note(desk.store) is None


def test_without_a_server_letters_wait_and_what_has_lost_its_reason_goes(desk: Desk, operator: Viewer) -> None:
    served_by(desk.store, {})
    desk.activation(RUI)
    desk.put("reset", "nobody@boreal.example")
    desk.put("password_changed", ANA, user_id=desk.id_of(ANA))
    assert desk.deliver().to_json() == {"sent": 0, "failed": 0, "dropped": 1, "waiting": 2}
    assert desk.deliver(timedelta(days=4)).to_json() == {"sent": 0, "failed": 0, "dropped": 1, "waiting": 1}
    assert [row["letter"] for row in outbox.waiting(operator)] == ["Activation link"]


def test_letters_of_long_ago_are_forgotten(desk: Desk) -> None:
    desk.activation(RUI)
    desk.deliver()
    served_by(desk.store, {})
    desk.deliver(timedelta(days=91))
    with desk.store.reading() as connection:
        assert connection.execute(select(letters_table)).all() == []
