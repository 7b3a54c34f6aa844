"""Home's next steps: what the reader is to do at customers, what is overdue first; each opens the customer's notes."""

from __future__ import annotations

from datetime import date

import streamlit as st

from pages.parts import chart, facts
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.customers import next_steps
from pao_core.customers.next_steps import OVERDUE, TODAY, WEEK, Step
from pao_core.locale import _, formats, ngettext

CUSTOMER = "pages/customers/customer.py"
LOOKS = {OVERDUE: ("error", "red"), TODAY: ("today", "orange"), WEEK: ("event", "blue")}
FIRST = 5  # steps that stand open
MOST_WORDS = 100  # characters of a step


def card(viewer: Viewer, today: date) -> None:
    """The steps under their heading, the rest of many folded away; nothing where there is none to do."""
    found = next_steps.mine(viewer, today) if viewer.may(next_steps.RIGHT) else []
    if not found:
        return
    chart.heading(_("My next steps"), escape(_("Open and given to you, due by {day}", day=formats.day(next_steps.last_day(today)))))
    told = [_fact(step) for step in found]
    facts.listed(told[:FIRST])
    if more := told[FIRST:]:
        with st.expander(ngettext("{count} more step", "{count} more steps", len(more), count=formats.number(len(more))), icon=":material/task_alt:"):
            facts.listed(more)


def _fact(step: Step) -> facts.Fact:
    """What is to be done, until when and where."""
    icon, colour = LOOKS[step.when]
    day = formats.day(step.note.now.due_on) if step.note.now.due_on else ""
    due = {OVERDUE: _("Overdue since {day}", day=day), TODAY: _("Due today"), WEEK: _("Due on {day}", day=day)}[step.when]
    line = step.note.now.text.splitlines()[0]
    title = line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS - 1].rstrip()}…"
    return facts.Fact(icon, title, f"{step.customer_name} · {due}", colour, CUSTOMER, _("Notes"), {"site": [step.note.site], "tab": ["notes"]})
