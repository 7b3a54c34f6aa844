"""The form to read and print: A4, the filters and the age of the data on each page, then how the totals come about.

Set by a child process within bounds of memory and time, so that no reader waits for another's file and none takes the server down.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pao_core.config import PROJECT
from pao_core.export import Block, Cell, Column
from pao_core.locale import N_, Refused, _, formats, language, ngettext
from pao_core.locale.words import spoken
from pao_core.money import decimals

MOST_ROWS = 1_000  # that somebody would read on paper; what more there is, the other files have
MOST_SIGNS = 160  # of a cell
LONG_WORD = 14  # signs; a longer one may break anywhere
HEADER_SIGNS = 250  # of the filters above each page; all of them stand on the last
PORTRAIT, LANDSCAPE = 190, 277  # millimetres between the margins
SIGN, PADDING = 1.42, 2.2  # millimetres: a sign of 8 pt, what a column has around them
NARROWEST, WIDEST = 5, 26  # signs of a column
NUMBERS = ("integer", "quantity", "unit_price", "money", "rate", "percent")
DAYS = ("date", "week", "month")
BREAK = "\u200b"
# Controls, and what turns the direction of the text after it.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
SECONDS = 60
ADDRESS_SPACE = 2 * 1024**3
AT_ONCE = 2  # PDFs that are made at the same time; the next reader waits for its turn
NOT_MADE = N_("The PDF could not be made. Take the XLSX file, or narrow the filters and try again.")
log = logging.getLogger(__name__)
_turns = threading.BoundedSemaphore(AT_ONCE)


def table_pdf(
    title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, words: Sequence[str], as_of: str, definition: str, made: datetime,
    elsewhere: str, count: int, first: Sequence[str] = (), blocks: Sequence[Block] = (),
) -> bytes:
    """The first MOST_ROWS of `rows`, of which there are `count` in all, with as many columns as fit: those of `first`, amounts, the rest in
    order. What was left out is said, and `elsewhere`, a sentence, says where it is. `made` is the moment of making. Texts are in the
    reader's language; `columns` carry marked ones. Raises Refused when it takes too long or too much memory."""
    shown = rows[:MOST_ROWS]
    texts = {column.name: [_text(column, row) for row in shown] for column in columns}
    same = {} if len(shown) < 2 else {column.name: texts[column.name][0] for column in columns
                                      if column.kind not in NUMBERS and len(set(texts[column.name])) == 1}
    order = sorted(columns, key=lambda column: first.index(column.name) if column.name in first else len(first))
    varying = [column for column in order if column.name not in same]
    widths = {column.name: _width(column, texts[column.name]) for column in varying}
    room = PORTRAIT if sum(widths.values()) <= PORTRAIT else LANDSCAPE
    kept = _fitting(varying, widths, room, first)
    dropped = [_(column.text) for column in varying if column not in kept]
    spare = 1 + (room - sum(widths[column.name] for column in kept)) / max(1.0, sum(widths[column.name] for column in kept))
    before, between, after = re.split("[\x01\x02]", _("Page {page} of {pages}", page="\x01", pages="\x02"))
    spoken_language, _sign, region = language().partition("_")
    filters = " · ".join(words) or _("No filter")
    return typeset({
        "title": _seen(title), "as_of": _seen(_("Data of {moment}", moment=as_of)), "filters": _broken(_shortened(_seen(filters), HEADER_SIGNS)),
        "notice": _("PAO Desk is not affiliated with IBM."), "page": [before, between, after], "lang": spoken_language, "region": region or None,
        "landscape": room == LANDSCAPE, "made": int(made.timestamp()),
        "sentences": [_broken(_seen(one)) for one in _sentences(columns, same, dropped, len(shown), count, elsewhere)],
        "head": [_broken(_(column.text)) for column in kept], "widths": [widths[column.name] * min(spare, 1.6) for column in kept],
        "rights": [column.kind in NUMBERS for column in kept],
        "rows": [list(line) for line in zip(*(texts[column.name] for column in kept), strict=True)] if kept else [],
        "definition": [_broken(_seen(one)) for one in definition.split("\n") if one],
        "blocks": [_block(block) for block in (_of_filters(words), *blocks)],
    })


def typeset(data: Mapping[str, Any]) -> bytes:
    """The PDF of the template's data. Raises Refused when the child is not done in time or dies."""
    environment = {"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "PATH": os.defpath, "RAYON_NUM_THREADS": "1",
                   "MALLOC_ARENA_MAX": "2"}
    command = [sys.executable, "-m", "pao_core.export.typesetting", str(ADDRESS_SPACE), str(SECONDS)]
    if not _turns.acquire(timeout=SECONDS):
        raise Refused(N_("Too many PDFs are being made at the moment. Try again in a minute."))
    try:
        done = subprocess.run(command, input=json.dumps(data, ensure_ascii=False).encode(), capture_output=True, env=environment, cwd=PROJECT,
                              timeout=SECONDS, check=False, start_new_session=True)
    except subprocess.TimeoutExpired as late:
        raise Refused(NOT_MADE) from late
    finally:
        _turns.release()
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        log.error("no PDF: child ended with %s, %s", done.returncode, done.stderr[-500:].decode(errors="replace"))
        raise Refused(NOT_MADE)
    return done.stdout


def _fitting(columns: Sequence[Column], widths: Mapping[str, float], room: float, first: Sequence[str]) -> list[Column]:
    """The columns that fit, the more important chosen first, in the order given."""
    rank = sorted(columns, key=lambda column: (column.name not in first, column.kind != "money"))
    kept, used = set(), 0.0
    for column in rank:
        if used + widths[column.name] <= room:
            used += widths[column.name]
            kept.add(column.name)
    return [column for column in columns if column.name in kept]


def _width(column: Column, texts: Sequence[str]) -> float:
    longest = max((len(text.replace(BREAK, "")) for text in texts), default=0)
    name = max(len(word) for word in _(column.text).split(" "))
    # A day is written in letters too, some of them wide: one sign more, or it breaks.
    least = longest + 1 if column.kind in DAYS else longest if column.kind in NUMBERS else min(longest, WIDEST)
    return min(max(least, min(name, LONG_WORD), NARROWEST), WIDEST) * SIGN + PADDING


def _sentences(columns: Sequence[Column], same: Mapping[str, str], dropped: Sequence[str], shown: int, count: int, elsewhere: str) -> list[str]:
    found = [ngettext("{count} row.", "{count} rows.", count, count=formats.number(count))]
    if shown < count:
        found = [_("The first {shown} of {count} rows.", shown=formats.number(shown), count=formats.number(count))]
    alike = [f"{_(column.text)}: {same[column.name]}" for column in columns if same.get(column.name)]
    if alike:
        found.append(_("In every row here: {values}.", values=" · ".join(alike)))
    if dropped:
        found.append(_("Columns that do not fit on the page: {columns}.", columns=", ".join(dropped)))
    if shown < count or dropped:
        found.append(elsewhere)
    return found


def _of_filters(words: Sequence[str]) -> Block:
    return Block(_("Filters"), (_("Filter"),), [[Cell(one)] for one in words or [_("No filter")]])


def _block(block: Block) -> dict[str, Any]:
    rights = [bool(block.lines) and block.lines[0][place].kind in NUMBERS for place in range(len(block.head))]
    return {"title": block.title, "head": list(block.head), "rights": rights,
            "rows": [[_broken(_shortened(_seen(said(cell)), 4 * MOST_SIGNS)) for cell in line] for line in block.lines]}


def _text(column: Column, row: Mapping[str, Any]) -> str:
    value = row.get(column.name)
    if column.kind in NUMBERS or value is None or isinstance(value, date) or column.kind == "month":
        return said(Cell(value, column.kind, row.get(column.currency)))
    return _broken(_shortened(_seen(spoken(column.name, column.kind, value)), MOST_SIGNS))


def said(cell: Cell) -> str:
    """A value as the reader's language writes it; an amount without its currency, which stands beside it."""
    value, kind = cell.value, cell.kind
    if value is None:
        return ""
    if kind == "money":
        return formats.number(value, decimals(cell.currency) if cell.currency else 2)
    if kind == "unit_price":
        return formats.number(value, max(2, _places(value)))
    if kind == "percent":
        return formats.percent(value)
    if kind == "month":
        return formats.month(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return formats.day(value)
    return formats.number(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _seen(text: str) -> str:
    """The text without what cannot be seen or would turn what stands after it."""
    return UNSEEN.sub("", text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most - 1].rstrip()}…"


def _broken(text: str) -> str:
    """The text with places to break its overlong words at: a column is narrower than some names."""
    if max(map(len, text.split(" "))) <= LONG_WORD:
        return text
    return re.sub(rf"(\S{{{LONG_WORD}}})(?=\S)", rf"\1{BREAK}", text)
