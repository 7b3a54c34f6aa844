"""Setting a password: by a one-time link, or by the old one. Whoever has lost both asks for a link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from pao_core.access.entry import calendar_tokens, links, passwords, sessions, throttle
from pao_core.access.mail import outbox
from pao_core.access.people.names import checked_email
from pao_core.access.viewer import Viewer
from pao_core.locale import N_, Refused
from pao_core.store.engine import Store
from pao_core.store.schema import users

# What everyone is told who has asked for a link.
ASKED = N_("If this e-mail belongs to an account here, a letter with a link is on its way. Look into your mailbox, and among its unwanted mail.")


def ask(store: Store, email: object, address: str | None, now: datetime) -> None:
    """Have a new link sent to who has lost the one to activate, or the password; `address` is where the browser is.

    Whoever asks, for whomever, is told the same (`ASKED`) and waits as long: one letter is written either way, and a letter to nobody is
    dropped when it should go out. Raises throttle.TooOften, and Refused for what is no e-mail address.
    """
    key = checked_email(email)
    with store.desk_writing() as desk:
        throttle.count_open_act(desk, "link", key, throttle.place(address), now)
    with store.writing(key) as writing:
        writing.touches_replica = False
        invited = select(users.c.id).where(users.c.email == key, users.c.status == "invited")
        user_id = writing.connection.scalar(invited)
        if user_id is not None:
            outbox.put(writing.connection, "activation", key, now, user_id=user_id)
        else:
            outbox.put(writing.connection, "reset", key, now)


def refusal(store: Store, token: object, purpose: str, now: datetime) -> str | None:
    """Why the link sets no password (a marked sentence that says what to do); None when it does."""
    return links.REFUSALS.get(links.state(store, token, purpose, now))


def by_link(store: Store, token: object, purpose: str, password: object, repeated: object, now: datetime) -> int:
    """Set the password by the link and activate the user; every session, every other link and every calendar's address of the user ends:
    who has lost the password cannot say who has them. Gives how many addresses of calendars ended.

    Raises Refused for a link that is used, late or unknown; for two passwords that differ, and for one that may not be one (the link
    stays good).
    """
    link = links.opened(store, token, purpose, now)
    kept = passwords.hashed(passwords.check_new(passwords.same(password, repeated), link.email, link.name))
    with store.writing(link.email, link.user_id) as writing:
        writing.touches_replica = False
        links.claim(writing.connection, token, purpose, now)
        still = users.c.id == link.user_id, users.c.status.in_(links.OPEN_TO[purpose])
        if writing.connection.execute(update(users).where(*still).values(password_hash=kept, status="active")).rowcount == 0:
            raise Refused(links.REFUSALS["late"])
        links.end_all(writing.connection, link.user_id, now)
        calendars = calendar_tokens.end_all(writing.connection, link.user_id)
        outbox.put(writing.connection, "password_changed", link.email, now, user_id=link.user_id)
        told: dict[str, Any] = {"calendars": calendars} if calendars else {}
        writing.audit("password.set", link.email, by_link=purpose, activated=link.status == "invited", **told)
    sessions.end_all(store, link.user_id)
    return calendars


def by_old_one(viewer: Viewer, sid: object, old: object, password: object, repeated: object, address: str | None, now: datetime) -> None:
    """Set the viewer's password, which knows the old one; the session of `sid` goes on, every other ends, and so does every open link.
    The addresses of calendars go on until they are ended (`settings.my_account.end_calendars`): the programs that read them know no password.

    Raises Refused for a wrong old password, for two new ones that differ, and for one that may not be one; throttle.Throttled after too
    many wrong ones, which are counted with those at sign-in; `address` is where the browser is.
    """
    store = viewer.store
    with store.desk_writing() as desk:
        attempt = throttle.begin(desk, viewer.email, throttle.place(address), now)
    with store.reading() as connection:
        before = connection.scalar(select(users.c.password_hash).where(users.c.id == viewer.user_id))
    if not passwords.matches(old, before)[0]:
        refusal = Refused(N_("This is not your current password. Type it again."))
        viewer.note_refusal("password.set", viewer.email, why=refusal.template)
        raise refusal
    with store.desk_writing() as desk:
        throttle.succeeded(desk, attempt)
    if passwords.same(password, repeated) == old:
        raise Refused(N_("The new password is the old one. Choose another."))
    kept = passwords.hashed(passwords.check_new(password, viewer.email, viewer.name))
    with viewer.acting("password.set", viewer.email) as act:
        user_id = viewer.user_id
        mine = update(users).where(users.c.id == user_id, users.c.password_hash == before).values(password_hash=kept)
        if user_id is None or act.connection.execute(mine).rowcount == 0:
            raise Refused(N_("The password was changed meanwhile in another place. Sign in again."))
        links.end_all(act.connection, user_id, now)
        outbox.put(act.connection, "password_changed", viewer.email, now, user_id=user_id)
        act.audit()
    sessions.end_others(store, user_id, sid, passwords.fingerprint(kept))
