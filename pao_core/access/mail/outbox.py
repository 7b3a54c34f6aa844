"""The outbox: a letter is put into it in the transaction of the act that it tells of, and so waits if and only if the act was done.

Of many senders exactly one takes a letter. One that died with a letter in hand has it taken over by the next after ten minutes; if it
died after the mail server had accepted the letter and before that was written down, the letter comes twice, with the same Message-ID and,
if it has a link, another one.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from pao_core.access.entry import links
from pao_core.access.mail.letters import KINDS
from pao_core.access.mail.occasions import Letter, deciders, occasion
from pao_core.access.rights import OPERATOR
from pao_core.access.viewer import Viewer
from pao_core.config import Settings
from pao_core.locale import N_, Refused, _
from pao_core.store.engine import Store
from pao_core.store.schema import access_requests, outbox

WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # after the first tries, then
LATER = timedelta(hours=6)
GIVEN_UP, TAKEN_OVER, FORGOTTEN = timedelta(days=3), timedelta(minutes=10), timedelta(days=90)
LISTED = 200  # letters that the operator sees at once
PATIENCE = 1.0  # seconds that a page waits to hear what became of its letter
PUT = "pao_letter_put"  # among the facts of a connection: this transaction has put a letter
NO_SERVER = N_("The letter waits: no mail server is set up. The operator hands the link over, on Settings > Access requests.")
DOWN = N_("The letter waits: the mail server does not take it now. It is sent as soon as it does.")
# Set while nothing is under way: by the sender of this process, if it has one.
at_rest: WeakKeyDictionary[Store, Event] = WeakKeyDictionary()


class Unsent(Refused):
    """Why a letter did not go out. `of_server`: the server or the connection is at fault; `for_good`: another try would end the same."""

    def __init__(self, template: str, *, of_server: bool = False, for_good: bool = False, **facts: str) -> None:
        super().__init__(template, **facts)
        self.of_server, self.for_good = of_server, for_good


def put(connection: Connection, letter: str, recipient: str | None, at: datetime, reseller: str | None = None, **facts: Any) -> int:
    """Have a letter of KINDS sent once the transaction is committed; gives its number. `recipient` is an e-mail, None is whoever
    decides the request at the time of sending. `facts` are plain JSON values that the letter needs, never secrets: a link's token is
    drawn when the letter goes out. Raises ValueError for a letter or a fact that there is not."""
    kind = KINDS.get(letter)
    if kind is None or not kind.facts <= facts.keys() <= kind.facts | kind.optional:
        raise ValueError(f"no letter {letter} with {sorted(facts)}")
    connection.info[PUT] = True
    new = insert(outbox).values(letter=letter, recipient=recipient, reseller_site_number=reseller, facts=facts, state="waiting", tries=0,
                                created_at=at, due_at=at)
    return int(connection.execute(new.returning(outbox.c.id)).scalar_one())


# -- for the sender ---------------------------------------------------------------------------------------------------
def _due(now: datetime) -> ColumnElement[bool]:
    waits = (outbox.c.state == "waiting") & (outbox.c.due_at <= now)
    return or_(waits, (outbox.c.state == "sending") & (outbox.c.claimed_at <= now - TAKEN_OVER))


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a letter is to be sent."""
    return connection.scalar(select(outbox.c.id).where(_due(now)).limit(1)) is not None


def claim(connection: Connection, now: datetime) -> Letter | None:
    """Take the letter that has been due longest; of many senders at once exactly one gets it. None when none is due."""
    first = select(outbox.c.id).where(_due(now)).order_by(outbox.c.due_at, outbox.c.id).limit(1).with_for_update(skip_locked=True)
    taken = update(outbox).where(outbox.c.id == first.scalar_subquery(), _due(now))
    row = connection.execute(taken.values(state="sending", claimed_at=now, tries=outbox.c.tries + 1).returning(outbox)).one_or_none()
    return None if row is None else _letter(row)


def address_to_deciders(connection: Connection, letter: Letter, now: datetime) -> None:
    """Put in the place of a letter to whoever decides one letter to each of them."""
    request = connection.execute(select(access_requests).where(access_requests.c.id == letter.facts["request_id"])).one_or_none()
    for email in deciders(connection, request) if request else ():
        connection.execute(insert(outbox).values(
            letter=letter.name, recipient=email, reseller_site_number=letter.reseller, facts=dict(letter.facts), state="waiting", tries=0,
            created_at=letter.created_at, due_at=now,
        ))
    connection.execute(delete(outbox).where(outbox.c.id == letter.id))


def unreachable(connection: Connection, now: datetime, problem: Unsent) -> bool | None:
    """Note with the letter that has been due longest that the server is away; gives whether it was dropped, None when none is due."""
    letter = claim(connection, now)
    return None if letter is None else failed(connection, letter, now, problem)


def drop(connection: Connection, letter: Letter) -> None:
    """The reason of the letter is gone: it is not sent, and nobody needs to be told."""
    connection.execute(update(outbox).where(outbox.c.id == letter.id).values(state="dropped", problem=None))


def sent(connection: Connection, letter: Letter, now: datetime) -> None:
    """The mail server has accepted the letter."""
    connection.execute(update(outbox).where(*_in_hand(letter)).values(state="sent", sent_at=now, problem=None))


def failed(connection: Connection, letter: Letter, now: datetime, problem: Unsent) -> bool:
    """The letter could not be sent: it waits for the next try, ever longer, and is dropped with its problem after three days or when
    the problem is for good. Gives whether it was dropped."""
    over = problem.for_good or now - letter.created_at >= GIVEN_UP
    wait = WAITS[letter.tries - 1] if letter.tries <= len(WAITS) else LATER
    kept = json.dumps({"template": problem.template, "facts": problem.facts, "of_server": problem.of_server})
    connection.execute(update(outbox).where(*_in_hand(letter)).values(
        state="dropped" if over else "waiting", due_at=now + wait, problem=kept,
    ))
    return over


def _in_hand(letter: Letter) -> tuple[ColumnElement[bool], ...]:
    """The letter as this sender took it, and no other one since."""
    return outbox.c.id == letter.id, outbox.c.state == "sending", outbox.c.claimed_at == letter.claimed_at


def tidy(connection: Connection, now: datetime) -> int:
    """Forget letters of long ago, and (where there is no mail server) drop those that nobody will send: the reason is gone, or they
    have waited three days without a first password in them. Gives how many were dropped."""
    connection.execute(delete(outbox).where(outbox.c.created_at <= now - FORGOTTEN, outbox.c.state.in_(("sent", "dropped"))))
    dropped = 0
    for row in connection.execute(select(outbox).where(outbox.c.state == "waiting").order_by(outbox.c.id)).all():
        letter = _letter(row)
        why = None if letter.to_deciders else occasion(connection, letter, now)
        gone = why is None and not letter.to_deciders
        lasting = why is not None and why.purpose == links.ACTIVATION
        if gone or (not lasting and now - letter.created_at >= GIVEN_UP):
            drop(connection, letter)
            dropped += 1
    return dropped


def waiting_count(connection: Connection) -> int:
    """How many letters wait."""
    return connection.scalar(select(func.count()).where(outbox.c.state.in_(("waiting", "sending")))) or 0


# -- for people -------------------------------------------------------------------------------------------------------
def note(store: Store) -> str | None:
    """What a page says after an act that put a letter: None when mail goes out, else why the letter waits. Waits at most a second
    for the sender of this process. Not for pages that strangers see: there it would tell whether a letter was put."""
    if store.settings.mail is None:
        return _(NO_SERVER)
    resting = at_rest.get(store)
    if resting is not None:
        resting.wait(PATIENCE)
    with store.reading() as connection:
        tried = select(outbox.c.problem).where(or_(outbox.c.state == "sent", outbox.c.problem.is_not(None)))
        problem = connection.scalar(tried.order_by(outbox.c.claimed_at.desc()).limit(1))
    return _(DOWN) if problem and json.loads(problem)["of_server"] else None


def waiting(viewer: Viewer) -> list[dict[str, Any]]:
    """The letters that have not gone out, newest first, for the operator: {id, letter, to, name, site, since, tries, problem, given_up,
    link}. `letter` and `problem` are said in the reader's language, `to` is None for whoever decides, `link` says whether the letter has a
    one-time link that can be shown. Letters whose reason is gone are left out. Raises AccessDenied for everybody else."""
    viewer.require(OPERATOR)
    now, found = Settings.now(), []
    with viewer.store.reading() as connection:
        for row in connection.execute(select(outbox).where(_open()).order_by(outbox.c.id.desc()).limit(LISTED)).all():
            letter = _letter(row)
            why = None if letter.to_deciders else occasion(connection, letter, now)
            if why is None and not letter.to_deciders:
                continue
            found.append({
                "id": row.id, "letter": _(KINDS[row.letter].title), "to": why.reader.email if why else None,
                "name": why.reader.name if why else None, "site": row.reseller_site_number, "since": row.created_at, "tries": row.tries,
                "problem": _said(row.problem), "given_up": row.state == "dropped", "link": why is not None and why.purpose is not None,
            })
    return found


def show_link(viewer: Viewer, number: int) -> str:
    """The address of the one-time link of a letter that waits, for the operator to hand over: drawn now, told this once. Older links of
    the person end, and the letter is not sent any more. Raises Refused when it has no link, waits no longer or is being sent."""
    row = _row(viewer, number)
    with viewer.acting("mail.link_shown", row.recipient if row else None, row.reseller_site_number if row else None) as act:
        letter = _taken_off(act.connection, number, state="dropped", problem=None)
        why = occasion(act.connection, letter, act.at)
        if why is None or why.purpose is None or why.reader.user_id is None:
            raise Refused(N_("This letter has no link any longer. Look at the list again."))
        token = links.issue(act.connection, why.reader.user_id, why.purpose, act.at)
        act.audit(object_=why.reader.email, letter=letter.name, purpose=why.purpose)
    return links.address(viewer.store.settings, token, why.purpose)


def send_again(viewer: Viewer, number: int) -> None:
    """Have a letter that waits, or was given up, sent now. Raises Refused without a mail server, and when it waits no longer or is being
    sent."""
    row = _row(viewer, number)
    with viewer.acting("mail.retried", row.recipient if row else None, row.reseller_site_number if row else None) as act:
        if viewer.store.settings.mail is None:
            raise Refused(N_("No mail server is set up. Show the link and hand it over, or set PAO_SMTP_URL."))
        letter = _taken_off(act.connection, number, state="waiting", due_at=act.at)
        act.connection.info[PUT] = True
        act.audit(letter=letter.name)


def _open() -> ColumnElement[bool]:
    """Waiting, being sent, or given up with a problem."""
    return or_(outbox.c.state.in_(("waiting", "sending")), (outbox.c.state == "dropped") & outbox.c.problem.is_not(None))


def _row(viewer: Viewer, number: int) -> Row[Any] | None:
    """The letter, for who may see it; what anybody else asks for is refused inside the act."""
    if not viewer.operator:
        return None
    with viewer.store.reading() as connection:
        return connection.execute(select(outbox).where(outbox.c.id == number)).one_or_none()


def _taken_off(connection: Connection, number: int, **values: Any) -> Letter:
    """Change a letter that nobody is sending."""
    rests = outbox.c.state.in_(("waiting", "dropped")), _open()
    row = connection.execute(update(outbox).where(outbox.c.id == number, *rests).values(**values).returning(outbox)).one_or_none()
    if row is None:
        raise Refused(N_("This letter waits no longer, or is being sent at this moment. Look at the list again."))
    return _letter(row)


def _said(problem: str | None) -> str | None:
    if problem is None:
        return None
    kept = json.loads(problem)
    return _(kept["template"], **kept["facts"])


def _letter(row: Row[Any]) -> Letter:
    return Letter(row.id, row.letter, row.recipient, row.reseller_site_number, row.facts, row.created_at, row.tries, row.claimed_at)
