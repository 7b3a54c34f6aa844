"""Sending: what is due in the outbox goes out through the mail server, behind the request and never on its way."""

from __future__ import annotations

import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, event

from pao_core.access.entry import links
from pao_core.access.mail import letters, outbox
from pao_core.access.mail.occasions import Letter, Occasion, occasion
from pao_core.access.mail.outbox import Unsent
from pao_core.config import MailServer, Settings
from pao_core.locale import N_, _
from pao_core.store.engine import BUSY_SECONDS, Store, StoreUnreachable

TIMEOUT = 30.0  # seconds that the mail server may take for one answer
EVERY, EVERY_WITHOUT_SERVER = 30.0, 3600.0  # seconds between two looks at the outbox when nothing wakes the sender
AFTERWARDS = 300  # seconds of patience to write down that a letter went out: longer than any import holds the store
LETTERS_A_CONNECTION = 50
STOPPING = 5.0  # seconds
log = logging.getLogger(__name__)

UNREACHABLE = N_("The mail server {server} cannot be reached: {reason}.")
UNTRUSTED = N_("The mail server {server} offers no connection that can be trusted: {reason}.")
NO_LOG_IN = N_("The mail server {server} does not accept the user and the password of PAO_SMTP_URL.")
NOT_TAKEN = N_("The mail server does not take the letter: {reason}.")
NOT_WRITTEN = N_("The letter could not be written. The log says more.")
NO_MAILBOX = N_("Mail cannot be sent to this address.")
CLOSING, PERMANENT = 421, 500  # codes of mail servers
MOST_SAID = 200  # characters of what a mail server says that are kept


@dataclass
class Delivered:
    """What a round did. `sent` to the mail server, `failed` and tried again later, `dropped` (the reason is gone, or given up); `waiting`
    are all that wait when it is over."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0

    def note(self, dropped: bool | None) -> None:
        """Count a letter that did not go out; None is none."""
        if dropped is not None:
            self.dropped, self.failed = self.dropped + dropped, self.failed + (not dropped)

    def to_json(self) -> dict[str, int]:
        return asdict(self)


def deliver(store: Store, now: datetime, stopping: Callable[[], bool] = lambda: False) -> Delivered:
    """Send everything that is due at `now`, until `stopping`. Safe beside other senders. Raises StoreUnreachable."""
    done, server, begun = Delivered(), store.settings.mail, time.monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - begun)

    if server is None:
        with _writing(store) as connection:
            done.dropped = outbox.tidy(connection, now)
    else:
        with Line(server, store.settings) as line:
            while not stopping() and _anything_due(store, clock()) and _deliver_one(store, line, clock, done):
                pass
    with store.reading() as connection:
        done.waiting = outbox.waiting_count(connection)
    return done


def _deliver_one(store: Store, line: Line, clock: Callable[[], datetime], done: Delivered) -> bool:
    """Send the letter that is due next; gives whether to go on. Without a server no token is drawn: older links stay good."""
    try:
        line.open()
    except Unsent as away:
        log.warning("letters wait: %s", away)
        with _writing(store) as connection:
            done.note(outbox.unreachable(connection, clock(), away))
        return False
    if (taken := _take(store, line.server, clock(), done)) is None:
        return False
    letter, message = taken
    try:
        line.send(message)
    except Unsent as unsent:
        log.warning("letter %d (%s): %s", letter.id, letter.name, unsent)
        with _writing(store, AFTERWARDS) as connection:
            done.note(outbox.failed(connection, letter, clock(), unsent))
        return line.proven or not unsent.of_server
    with _writing(store, AFTERWARDS) as connection:
        outbox.sent(connection, letter, clock())
    done.sent += 1
    return True


def _anything_due(store: Store, now: datetime) -> bool:
    """A look that costs no writing."""
    with store.reading() as connection:
        return outbox.anything_due(connection, now)


def _take(store: Store, server: MailServer, now: datetime, done: Delivered) -> tuple[Letter, EmailMessage] | None:
    """The next letter that is due and still has a reason, written, its token drawn; None when there is none."""
    with _writing(store) as connection:
        while (letter := outbox.claim(connection, now)) is not None:
            if letter.to_deciders:
                outbox.address_to_deciders(connection, letter, now)
                continue
            try:
                why = occasion(connection, letter, now)
                if why is not None:
                    return letter, _written(store.settings, server, connection, letter, why, now)
                outbox.drop(connection, letter)
                done.dropped += 1
            except letters.NoMailbox:
                done.note(outbox.failed(connection, letter, now, Unsent(NO_MAILBOX, for_good=True)))
            except (LookupError, TypeError, ValueError):  # what cannot be written, say for a slip in a translation, holds up no other letter
                log.exception("letter %d (%s) cannot be written", letter.id, letter.name)
                done.note(outbox.failed(connection, letter, now, Unsent(NOT_WRITTEN)))
    return None


def _written(settings: Settings, server: MailServer, connection: Connection, letter: Letter, why: Occasion, now: datetime) -> EmailMessage:
    token = None
    if why.purpose is not None and why.reader.user_id is not None:
        token = links.issue(connection, why.reader.user_id, why.purpose, now)
    return letters.message(settings, server, letter, why, token, now)


@contextmanager
def _writing(store: Store, patience: int = BUSY_SECONDS) -> Iterator[Connection]:
    with store.writing("mail", patience=patience) as writing:
        writing.touches_replica = False
        yield writing.connection


# -- the mail server --------------------------------------------------------------------------------------------------
class Line:
    """A connection to the mail server, opened when a letter needs it and closed at the end of the block."""

    def __init__(self, server: MailServer, settings: Settings) -> None:
        self.server, self._settings = server, settings
        self._smtp: smtplib.SMTP | None = None
        self._carried = 0

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    @property
    def proven(self) -> bool:
        """Whether the connection, open or just lost, has carried a letter."""
        return self._carried > 0

    def open(self) -> None:
        """Connect, encrypt and log in, unless that is done. Raises Unsent, `of_server`."""
        if self._smtp is not None and self._smtp.sock is not None and self._carried < LETTERS_A_CONNECTION:
            return
        self._close()
        self._carried, server, name = 0, self.server, _own_name(self._settings)
        trusted = None if server.security == "none" else ssl.create_default_context()
        with self._problems():
            try:
                if server.security == "tls":
                    self._smtp = smtplib.SMTP_SSL(server.host, server.port, name, timeout=TIMEOUT, context=trusted)
                else:
                    self._smtp = smtplib.SMTP(server.host, server.port, name, TIMEOUT)
                if server.security == "starttls":
                    self._smtp.starttls(context=trusted)
                if server.user is not None:
                    self._smtp.login(server.user, server.password or "")
                self._smtp.ehlo_or_helo_if_needed()
            except BaseException:
                self._close(politely=False)
                raise

    def send(self, message: EmailMessage) -> None:
        """Hand a letter in. Raises Unsent."""
        assert self._smtp is not None, "open first"
        with self._problems():
            self._smtp.send_message(message, self.server.sender.addr_spec, [message["To"].addresses[0].addr_spec])
        self._carried += 1

    def _close(self, politely: bool = True) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if politely:
                    self._smtp.quit()
            self._smtp.close()
            self._smtp = None

    @contextmanager
    def _problems(self) -> Iterator[None]:
        """Turn what the library raises into a sentence: without passwords, and without what a server says to a log-in."""
        server = f"{self.server.host}:{self.server.port}"
        try:
            yield
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or "TLS"
            raise Unsent(UNTRUSTED, of_server=True, server=server, reason=reason) from error
        except smtplib.SMTPAuthenticationError as error:
            raise Unsent(NO_LOG_IN, of_server=True, server=server) from error
        except smtplib.SMTPNotSupportedError as error:
            if self._smtp is not None:  # connected, so it is this letter: an address outside ASCII
                raise Unsent(NO_MAILBOX, for_good=True) from error
            raise Unsent(UNTRUSTED, of_server=True, server=server, reason=str(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise Unsent(NOT_TAKEN, of_server=code == CLOSING, for_good=code >= PERMANENT, reason=_said(code, text)) from error
        except smtplib.SMTPResponseException as error:
            of_letter = isinstance(error, smtplib.SMTPDataError) and error.smtp_code != CLOSING
            raise Unsent(NOT_TAKEN, of_server=not of_letter, reason=_said(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Unsent(UNREACHABLE, of_server=True, server=server, reason=reason) from error


def _own_name(settings: Settings) -> str:
    """What the product calls itself to the mail server: its host name. The library would ask the network, which may take long."""
    host = urlsplit(settings.base_url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else "[127.0.0.1]"


def _said(code: int, text: bytes | str) -> str:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(said.split())}"[:MOST_SAID]


def check(store: Store) -> str:
    """Whether letters could go out now, for who runs the installation. Raises Refused when not."""
    server = store.settings.mail
    if server is None:
        return _("no mail server: the operator hands the links over")
    with Line(server, store.settings) as line:
        line.open()
    return _("{server} answers", server=f"{server.host}:{server.port}")


# -- behind the pages -------------------------------------------------------------------------------------------------
class Postman:
    """A thread of the web process that sends what is due: at once when a transaction of this process has put a letter, else now and then."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._woken, self._stopping, self._at_rest = Event(), Event(), Event()
        self._thread = Thread(target=self._go, name="postman", daemon=True)

    def start(self) -> None:
        """Begin; the first look is at once."""
        outbox.at_rest[self.store] = self._at_rest
        # A connection comes back when its transaction is over: committed, the letter is there; rolled back, a look for nothing.
        event.listen(self.store.engine, "checkin", self._came_back)
        self._thread.start()

    def stop(self) -> None:
        """End after the letter in hand, or in five seconds: then that letter is taken up again later."""
        self._stopping.set()
        self._woken.set()
        self._thread.join(STOPPING)
        event.remove(self.store.engine, "checkin", self._came_back)
        outbox.at_rest.pop(self.store, None)

    def _came_back(self, _connection: Any, record: Any) -> None:
        if record.info.pop(outbox.PUT, False):
            self._at_rest.clear()
            self._woken.set()

    def _go(self) -> None:
        pause = EVERY if self.store.settings.mail else EVERY_WITHOUT_SERVER
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                deliver(self.store, Settings.now(), self._stopping.is_set)
            except StoreUnreachable as away:
                log.warning("letters wait: %s", away)
            except Exception:
                log.exception("letters wait")
            if not self._woken.is_set():
                self._at_rest.set()
            self._woken.wait(pause)
