"""A calendar for other programs (RFC 5545): days of a list as events of a whole day each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, vText
from icalendar import Event as Component

PRODUCT = "-//PAO Desk//Saved views//EN"
AGAIN = timedelta(hours=6)  # how often a program is asked to read again
MOST_TEXT = 400  # characters of one text


@dataclass(frozen=True)
class Event:
    """A day with something to know: `uid` is the same whenever the same day of the same thing is written, `url` is where to see more."""

    uid: str
    day: date
    summary: str
    description: str
    url: str


def calendar_ics(name: str, about: str, events: Iterable[Event], written: datetime, language: str) -> bytes:
    """The calendar as a file. It blocks nobody's time and rings no bell."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("refresh-interval", AGAIN, {"value": "DURATION"})
    for key in ("name", "x-wr-calname"):
        calendar.add(key, vText(_line(name)))  # of these the library does not know that they are text
    for key in ("description", "x-wr-caldesc"):
        calendar.add(key, vText(_line(about)))
    for event in events:
        calendar.add_component(_component(event, written, language))
    return bytes(calendar.to_ical())


def _component(event: Event, written: datetime, language: str) -> Component:
    made, spoken = Component(), {"language": language.replace("_", "-")}
    made.add("uid", event.uid)
    made.add("dtstamp", written)
    made.add("dtstart", event.day)
    made.add("dtend", event.day + timedelta(days=1))
    made.add("summary", _line(event.summary), spoken)
    made.add("description", _line(event.description), spoken)
    made.add("url", event.url)
    made.add("transp", "TRANSPARENT")
    return made


def _line(text: str) -> str:
    """The text on one line, without characters that a calendar may not hold."""
    shown = "".join(" " if unicodedata.category(mark) in ("Cc", "Zl", "Zp") else mark for mark in text if unicodedata.category(mark) != "Cs")
    return " ".join(part for part in shown.split(" ") if part)[:MOST_TEXT]  # the space within an amount stays one that does not break
