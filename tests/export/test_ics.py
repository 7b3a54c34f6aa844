"""A calendar that another reader understands, whatever stands in the texts."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import ics
from cast import times
from hypothesis import given, settings
from hypothesis import strategies as st

from pao_core.export.ics import MOST_TEXT, Event, calendar_ics

WRITTEN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HOSTILE = [
    "a;b,c\\d\"e", "one\ntwo\r\nthree\rfour", "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged", "nul\x00bell\x07tab\t", "line\u2028separator\x85next",
    "São Paulo 🙂 " * 40, "x" * 1_000, "", "lone \ud800 surrogate", ":;VALUE=DATE", "á" * 75,
]


def written(*texts: str, name: str = "View") -> bytes:
    events = [Event(f"{at}@pao-desk", date(2028, 2, 28) + timedelta(at), text, text, "https://desk.example/renewals?country=BR&country=PT&from=2026-01-01")
              for at, text in enumerate(texts)]
    return calendar_ics(name, name, events, WRITTEN, "pt_BR")


def plain(text: str) -> str:
    """The text on one line, as far as a calendar takes it."""
    shown = (mark if mark.isprintable() else " " for mark in text if not "\ud800" <= mark <= "\udfff")
    return " ".join("".join(shown).split())[:MOST_TEXT]


def test_another_reader_finds_each_text_day_and_link_again() -> None:
    file = written(*HOSTILE, name="a;b\nBEGIN:VALARM")
    read = sorted(ics.Calendar(file.decode()).events, key=lambda event: event.begin)
    assert [(event.name or "").strip() for event in read] == [plain(text).strip() for text in HOSTILE]
    assert [event.begin.date() for event in read] == [date(2028, 2, 28) + timedelta(at) for at in range(len(HOSTILE))]
    assert all(event.all_day and event.duration == timedelta(days=1) and event.transparent and not event.alarms for event in read)
    assert {event.url for event in read} == {"https://desk.example/renewals?country=BR&country=PT&from=2026-01-01"}
    assert {event.created.datetime for event in read} == {WRITTEN}


def test_no_line_is_longer_than_75_bytes_and_each_ends_as_it_must() -> None:
    file = written(*HOSTILE)
    assert file.endswith(b"END:VCALENDAR\r\n") and b"\n" not in file.replace(b"\r\n", b"") and b"\r" not in file.replace(b"\r\n", b"")
    assert max(len(one) for one in file.split(b"\r\n")) <= 75
    assert file.count(b"BEGIN:VEVENT\r\n") == len(HOSTILE) == file.count(b"DTSTAMP:20261124T093000Z\r\n")
    assert b"SUMMARY;LANGUAGE=pt-BR:" in file and b"BEGIN:VALARM\r\n" not in file


@settings(max_examples=times(60, 3_000), deadline=None, database=None)
@given(st.lists(st.text(max_size=120), max_size=4), st.randoms())
def test_whatever_is_written_comes_back(texts: list[str], pick: random.Random) -> None:
    texts = [text + pick.choice(["", ";", ",", "\\", "\\n"]) for text in texts]
    file = written(*texts).decode()
    assert file.count("BEGIN:VEVENT") >= len(texts)
    assert len(ics.Calendar(file).events) == len(texts)


def test_the_same_days_are_the_same_file() -> None:
    assert written("a", "b") == written("a", "b")
