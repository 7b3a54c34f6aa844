"""Throttling of sign-ins and of what strangers ask: counts in the desk, so that every process counts the same; they decay by themselves.

Three ceilings: of failures for an e-mail from one address, of failures from one address, and of failures for an e-mail
from anywhere. The last leaves out addresses that the account has signed in from, so that nobody can lock its owner out.
An attempt counts as failed from its start: a thousand at once are a thousand, not one.

What strangers ask for (access, a new link) is counted by act for the e-mail that they give and for their address, known or not.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from pao_core.access.turn import take_turn
from pao_core.locale import N_, Refused
from pao_core.store.schema import open_acts, sign_ins

PAIR_FAILURES, PAIR_WINDOW = 5, timedelta(minutes=15)
ADDRESS_FAILURES, ADDRESS_WINDOW = 100, timedelta(hours=1)
ACCOUNT_FAILURES, ACCOUNT_WINDOW = 20, timedelta(minutes=15)
OPEN_BY_EMAIL, OPEN_BY_ADDRESS, OPEN_WINDOW = 3, 20, timedelta(hours=1)
KEPT = timedelta(days=90)  # the log of sign-ins, and how long an address stays known


class Throttled(Refused):
    """Too many failures; the sentence is the same whatever was exceeded and whoever asks."""

    def __init__(self) -> None:
        super().__init__(N_("Too many attempts to sign in. Wait 15 minutes, then try again."))


class TooOften(Refused):
    """A stranger asked too often; the sentence is the same whatever was exceeded and whoever asks."""

    def __init__(self) -> None:
        super().__init__(N_("This was asked too often. Wait an hour, then try again."))


def count_open_act(connection: Connection, act: str, email: str, address: str, now: datetime) -> None:
    """Count what a stranger asks for, by the e-mail's key and the address (see `place`); raises TooOften, uncounted, above a ceiling."""
    take_turn(connection, "open acts")
    connection.execute(delete(open_acts).where(open_acts.c.at < now - OPEN_WINDOW))
    asked = select(func.count()).select_from(open_acts).where(open_acts.c.act == act, open_acts.c.at > now - OPEN_WINDOW)
    by_email = connection.scalar(asked.where(open_acts.c.email == email)) or 0
    by_address = connection.scalar(asked.where(open_acts.c.address == address)) or 0
    if by_email >= OPEN_BY_EMAIL or by_address >= OPEN_BY_ADDRESS:
        raise TooOften
    connection.execute(insert(open_acts).values(at=now, act=act, email=email, address=address))


def begin(connection: Connection, email: str, address: str, now: datetime) -> int:
    """Count an attempt for the e-mail's key from the address (see `place`); raises Throttled, uncounted, above a ceiling."""
    take_turn(connection, "sign-ins")
    connection.execute(delete(sign_ins).where(sign_ins.c.at < now - KEPT))
    pair = (sign_ins.c.email == email) & (sign_ins.c.address == address)
    last_success = connection.scalar(select(func.max(sign_ins.c.id)).where(pair, sign_ins.c.succeeded.is_(True)))
    since_success = pair & (sign_ins.c.id > (last_success or 0))
    account = None if last_success else sign_ins.c.email == email
    if (
        _failures(connection, since_success, now - PAIR_WINDOW) >= PAIR_FAILURES
        or _failures(connection, sign_ins.c.address == address, now - ADDRESS_WINDOW) >= ADDRESS_FAILURES
        or (account is not None and _failures(connection, account, now - ACCOUNT_WINDOW) >= ACCOUNT_FAILURES)
    ):
        raise Throttled
    return note(connection, email, address, now)


def note(connection: Connection, email: str, address: str, now: datetime) -> int:
    """Count an attempt of who has given proof of another kind already; gives its number."""
    made = insert(sign_ins).values(at=now, email=email, address=address, succeeded=False).returning(sign_ins.c.id)
    return int(connection.execute(made).scalar_one())


def succeeded(connection: Connection, attempt: int) -> None:
    """The attempt was the right password: the failures before it from its address no longer count for the e-mail."""
    connection.execute(update(sign_ins).where(sign_ins.c.id == attempt).values(succeeded=True))


def half_done(connection: Connection, attempt: int) -> None:
    """The attempt was the right password of somebody who has a second factor to show yet: neither a failure nor a success."""
    connection.execute(delete(sign_ins).where(sign_ins.c.id == attempt))


def place(address: object) -> str:
    """The address as it is counted: an IPv6 host by its /64 network, which one person has whole; empty when unknown."""
    if not isinstance(address, str) or not address:
        return ""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _failures(connection: Connection, condition: ColumnElement[bool], since: datetime) -> int:
    failed = select(func.count()).select_from(sign_ins).where(condition, sign_ins.c.succeeded.is_(False), sign_ins.c.at > since)
    return connection.scalar(failed) or 0
