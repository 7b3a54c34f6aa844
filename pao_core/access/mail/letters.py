"""The letters that the product writes: which there are, and what each says, as plain text and as simple HTML, in the reader's language."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from pao_core.access.entry import links
from pao_core.access.mail.occasions import Letter, Occasion
from pao_core.access.people import names
from pao_core.config import MailServer, Settings
from pao_core.locale import N_, _, formats, use


@dataclass(frozen=True)
class Kind:
    """A kind of letter. `title` names it to the operator; `facts` are what `outbox.put` must be told, `optional` what it may be."""

    title: str
    facts: frozenset[str]
    optional: frozenset[str] = frozenset()


KINDS: dict[str, Kind] = {
    "activation": Kind(N_("Activation link"), frozenset({"user_id"}), frozenset({"site", "by"})),
    "access_requested": Kind(N_("Somebody asks for access"), frozenset({"request_id"})),
    "access_granted": Kind(N_("Access granted"), frozenset({"user_id", "site"})),
    "access_denied": Kind(N_("Access denied"), frozenset({"request_id"})),
    "reset": Kind(N_("Link to a new password"), frozenset()),
    "password_changed": Kind(N_("Password changed"), frozenset({"user_id"})),
    "primary_offered": Kind(N_("Primary role offered"), frozenset({"site", "by"})),
    "primary_changed": Kind(N_("Primary contact changed"), frozenset({"site", "by"})),
    "second_factor_changed": Kind(N_("Second factor changed"), frozenset({"user_id", "on"})),
}
MAX_FACT, MAX_SUBJECT = 1_000, 150  # characters of a text of a user's in a letter, and of its subject


class NoMailbox(Exception):
    """An e-mail that identifies somebody but that mail cannot be sent to."""


@dataclass(frozen=True)
class Text:
    """What a letter says. `paragraphs` come before the link and `after` behind it; `page` is where the link leads that is no one-time
    link; `why` is why one gets the letter."""

    subject: str
    paragraphs: tuple[str, ...]
    why: str
    label: str = ""
    page: str | None = None
    after: tuple[str, ...] = ()


def message(settings: Settings, server: MailServer, letter: Letter, why: Occasion, token: str | None, now: datetime) -> EmailMessage:
    """The letter as it is sent, in the reader's language. `token` is that of its one-time link, drawn at `now`.

    Raises NoMailbox for an e-mail that is no address of the mail's own grammar.
    """
    with use(why.reader.language):
        text = _TEXTS[letter.name](_Told(why, settings))
        link = _link(settings, why, text, token)
        until = _until(settings, why, now)
        greeting, foot = _("Hello {name},", name=_plain(why.reader.name)), _foot(settings, text)
        language = why.reader.language.replace("_", "-")
    written = EmailMessage(policy=SMTP)
    written["From"], written["To"] = server.sender, mailbox(why.reader.email)
    written["Subject"], written["Date"], written["Message-ID"] = text.subject[:MAX_SUBJECT], format_datetime(now), message_id(server, letter)
    written["Auto-Submitted"] = "auto-generated"  # out-of-office answers leave alone what a program wrote
    before, behind = (greeting, *text.paragraphs), (*until, *text.after)
    written.set_content("\n\n".join((*before, *([f"{text.label}:\n{link}"] if link else ()), *behind, "-- \n" + "\n".join(foot))) + "\n")
    written.add_alternative(_html(language, before, text.label, link, behind, foot), subtype="html")
    written["Content-Language"] = language  # of both forms: set earlier, it would be the first one's alone
    return written


def mailbox(email: str) -> Address:
    """The address alone, without a name that could pose as another. Raises NoMailbox for what mail would read as anything else."""
    try:
        address = Address(addr_spec=email)
        known = Address(username=address.username, domain=address.domain.encode("idna").decode())
    except Exception as error:  # the library's parser answers to some texts with errors of its own making
        raise NoMailbox from error
    if address.addr_spec != email or not email.isprintable():
        raise NoMailbox
    return known


def message_id(server: MailServer, letter: Letter) -> str:
    """The same at every try, so that a mailbox may tell that a letter came twice."""
    return f"<{letter.name}.{letter.id}.{letter.created_at:%Y%m%d%H%M%S%f}@{server.sender.domain}>"


def _link(settings: Settings, why: Occasion, text: Text, token: str | None) -> str | None:
    if token is not None and why.purpose is not None:
        return links.address(settings, token, why.purpose)
    return None if text.page is None else f"{settings.base_url}/{text.page}"


def _until(settings: Settings, why: Occasion, now: datetime) -> tuple[str, ...]:
    zone = settings.timezone
    if why.purpose is not None:
        until = formats.moment(now + links.LIFE[why.purpose], zone)
        return (_("The link can be used once, until {until} (time zone {zone}). A newer letter with a link ends it.", until=until, zone=zone.key),)
    if why.until is not None:
        return (_("This is open until {until} (time zone {zone}).", until=formats.moment(why.until, zone), zone=zone.key),)
    return ()


def _foot(settings: Settings, text: Text) -> tuple[str, ...]:
    sender = _("PAO Desk, {address}. Nobody reads answers to this letter.", address=settings.base_url)
    return text.why, sender, _("PAO Desk is not affiliated with IBM.")


def _html(language: str, before: tuple[str, ...], label: str, link: str | None, behind: tuple[str, ...], foot: tuple[str, ...]) -> str:
    def paragraphs(texts: tuple[str, ...]) -> str:
        return "".join(f"<p>{html.escape(text)}</p>\n" for text in texts)

    target = html.escape(link or "")
    button = (f'<p><a href="{target}" style="display:inline-block;padding:10px 18px;background:#3B5BDB;color:#ffffff;text-decoration:none;'
              f'border-radius:6px">{html.escape(label)}</a></p>\n<p style="word-break:break-all">{target}</p>\n') if link else ""
    small = "<br>\n".join(html.escape(text) for text in foot)
    return (f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"></head>\n'
            f'<body style="font-family:sans-serif;font-size:16px;line-height:1.5;color:#10141D;max-width:600px">\n'
            f'{paragraphs(before)}{button}{paragraphs(behind)}'
            f'<hr style="border:none;border-top:1px solid #DDE1E9">\n<p style="font-size:13px;color:#5A6475">{small}</p>\n</body></html>\n')


# -- words ------------------------------------------------------------------------------------------------------------
def _plain(text: object) -> str:
    """A text of a user's on one line: nothing that turns its direction, and nothing that a mail program would make a link of."""
    one_line = re.sub(r"\s+", " ", names.shown(re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", str(text)))).strip()[:MAX_FACT]
    return re.sub(r"(?<=\w)\.(?=[^\W\d_])", ". ", one_line.replace("://", ": "))


class _Told:
    """The facts of an occasion as a letter may say them."""

    def __init__(self, why: Occasion, settings: Settings) -> None:
        self.why, self.settings, self.email = why, settings, why.reader.email

    def __getitem__(self, fact: str) -> str:
        return _plain(self.why.facts[fact])

    def has(self, fact: str) -> bool:
        return bool(self.why.facts.get(fact))

    def person(self, fact: str) -> str:
        """A name with the e-mail behind it: as it is, if it is one in the mail's own grammar too."""
        named = self.why.facts[fact]
        try:
            mailbox(named.email)
        except NoMailbox:
            return f"{_plain(named.name)} ({_plain(named.email)})"
        return f"{_plain(named.name)} ({named.email})"

    def moment(self, fact: str) -> str:
        """An instant with its time zone."""
        at, zone = self.why.facts[fact], self.settings.timezone
        return f"{formats.moment(at, zone)} ({zone.key})"


def _first_password(told: _Told) -> dict[str, Any]:
    """What a letter says to somebody who has no password yet."""
    return {"label": _("Choose a password"), "after": (
        _("Afterwards you sign in with your e-mail address {email} and the password.", email=told.email),
        _("If the link is late, ask the primary contact of your site for a new one."),
    )}


def _activation(told: _Told) -> Text:
    if told.has("by") and told.has("site"):
        given = _("{by} has given you access to PAO Desk for {site}.", by=told.person("by"), site=told["site"])
    elif told.has("site"):
        given = _("You have been given access to PAO Desk for {site}.", site=told["site"])
    else:
        given = _("You have been given access to PAO Desk.")
    return Text(_("Your access to PAO Desk"), (given, _("Open the link and choose a password.")),
                _("You get this letter because access was given to this e-mail address. If you did not expect it, do nothing."),
                **_first_password(told))


def _access_granted(told: _Told) -> Text:
    subject, given = _("You have access to {site}", site=told["site"]), _("You have been given access to {site}.", site=told["site"])
    why = _("You get this letter because access was asked for, or given, for this e-mail address.")
    if told.why.purpose is not None:
        return Text(subject, (given, _("Open the link and choose a password.")), why, **_first_password(told))
    return Text(subject, (given, _("Sign in as usual; the site is among those that you can choose.")), why, _("Open PAO Desk"), "")


def _access_denied(told: _Told) -> Text:
    return Text(
        _("Your request for access was not granted"),
        (_("Your request for access to the site {site} was not granted. The reason given: {reason}", site=told["site"], reason=told["reason"]),
         _("If you think that this is a mistake, speak with the primary contact of the site, then ask again.")),
        _("You get this letter because access was asked for with this e-mail address."),
    )


FORMS = {"self_nomination": N_("The form of the request is a self-nomination."), "authorization": N_("The form of the request is an authorization.")}


def _access_requested(told: _Told) -> Text:
    asks = _("{who} asks for access to {site}.", who=told.person("who"), site=told["site"])
    claims = (_("The person claims to be the primary contact of this site."),) if told.has("claims_primary") else ()
    return Text(
        _("Somebody asks for access to {site}", site=told["site"]),
        (asks, *claims, _(FORMS[told.why.facts["form"]]),
         _("Make sure who it is by a way that you know already, then grant or deny the request. Nothing is granted by itself.")),
        _("You get this letter because you decide requests for access to this site."), _("Decide the request"), "access-requests",
    )


def _reset(told: _Told) -> Text:
    return Text(
        _("A new password for PAO Desk"), (_("Somebody, most likely you, asked for a new password for {email}.", email=told.email),),
        _("You get this letter because a new password was asked for with this e-mail address."), _("Choose a new password"),
        after=(_("If it was not you, do nothing: your password stays as it is."),),
    )


def _password_changed(told: _Told) -> Text:
    return Text(
        _("Your password was changed"), (_("The password of {email} was changed on {at}.", email=told.email, at=told.moment("at")),
                                         _("If it was not you, ask for a new password at once and tell the primary contact of your site.")),
        _("You get this letter because it is about the safety of your account."), _("Ask for a new password"), "reset",
    )


def _second_factor_changed(told: _Told) -> Text:
    if told.has("on"):
        subject, changed = _("Your second factor was turned on"), _("The second factor of {email} was turned on on {at}.",
                                                                    email=told.email, at=told.moment("at"))
    else:
        subject, changed = _("Your second factor was turned off"), _("The second factor of {email} was turned off on {at}.",
                                                                     email=told.email, at=told.moment("at"))
    return Text(subject, (changed, _("If it was not you, ask for a new password at once and tell the primary contact of your site.")),
                _("You get this letter because it is about the safety of your account."), _("Ask for a new password"), "reset")


def _primary_offered(told: _Told) -> Text:
    site = told["site"]
    offers = (_("{by} offers you the role of the primary contact of {site}.", by=told.person("by"), site=site) if told.has("by")
              else _("You are offered the role of the primary contact of {site}.", site=site))
    return Text(
        _("You are offered the primary role"),
        (offers, _("The primary contact decides who has access there and what they may do. Sign in to accept or decline the offer.")),
        _("You get this letter because the role was offered to you."), _("Look at the offer"), "my-account",
    )


def _primary_changed(told: _Told) -> Text:
    site = told["site"]
    now = (_("You are now the primary contact of {site}.", site=site) if told.has("own")
           else _("{primary} is now the primary contact of {site}.", primary=told.person("primary"), site=site))
    by = (_("The change was made by {by}.", by=told.person("by")),) if told.has("by") else ()
    return Text(_("The primary contact of {site} has changed", site=site), (now, *by),
                _("You get this letter because you are or were the primary contact of this site."), _("Open PAO Desk"), "")


_TEXTS: Mapping[str, Callable[[_Told], Text]] = {
    "activation": _activation, "access_requested": _access_requested, "access_granted": _access_granted, "access_denied": _access_denied,
    "reset": _reset, "password_changed": _password_changed, "primary_offered": _primary_offered, "primary_changed": _primary_changed,
    "second_factor_changed": _second_factor_changed,
}
