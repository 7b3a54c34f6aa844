"""The entries of the audit: a page at a time, and one whole, field by field."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import session, states, table, view
from pages.parts.text import escape
from pao_core.locale import _, formats, ngettext
from pao_core.locale.words import AUDIT_OUTCOMES
from pao_core.settings import audit, told
from pao_core.settings.audit import Asked, Found
from pao_core.settings.told import Entry

PAGE = 50
WIDTHS = {"at": 140, "actor": 210, "act": 190, "object": 220, "change": 420, "address": 120}


def listed(asked: Asked, which: str) -> Found:
    """What is found; a click on an entry shows it whole."""
    state, key = st.session_state, f"audit_{which}_{hash(asked)}"
    number: int = state.get(f"page_{key}", 1)
    pinned_for, newest = state.get("_audit_newest", ("", None))
    found = audit.found(session.scene().viewer, asked, which, limit=PAGE, offset=(number - 1) * PAGE,
                        newest=newest if number > 1 and pinned_for == key else None)
    state["_audit_newest"] = key, found.newest
    if not found.entries:
        nothing(asked)
        return found
    rows = [told.row(entry, moment(entry)) | {"entry": entry} for entry in found.entries]
    clicked = table.table(audit.COLUMNS[which], rows, key=f"{key}_{number}_{view.turn('entry')}", alt=_(audit.LISTS[which]),
                          clickable=which == audit.ACTS, widths=WIDTHS)
    table.pages(found.count, number, f"page_{key}")
    if clicked is not None:
        view.pick("entry", clicked["entry"])
    if picked := view.picked("entry"):
        opened(picked)
    return found


def nothing(asked: Asked) -> None:
    """No entry: that is the filters' doing, or nothing was done yet."""
    if asked == Asked():
        states.empty(_("No entries yet"), _("What is done here and what is refused appears here at once."), "history")
    else:
        states.empty(_("No entry matches these filters"), _("Widen a filter, or clear them all."), "filter_alt_off")


def counted(found: Found) -> str:
    """How many there are, in words."""
    if found.more:
        return _("More than {count} entries; narrow the period to reach the older ones", count=found.count)
    return ngettext("{count} entry", "{count} entries", found.count)


def moment(entry: Entry) -> str:
    """When it was, in the installation's time zone."""
    return formats.moment(entry.at, session.store().settings.timezone)


def opened(entry: Entry) -> None:
    """The panel of one entry, named for its act."""
    name = told.act_text(entry.act)
    st.dialog(escape(name[:1].upper() + name[1:]), width="medium", position="right", icon=":material/history:")(_whole)(entry)


def _whole(entry: Entry) -> None:
    session.enter_dialog()
    st.markdown(f"**{escape(told.shown(entry.actor))}**")
    refused = entry.outcome == "refused"
    st.badge(_(AUDIT_OUTCOMES[entry.outcome]), icon=":material/block:" if refused else ":material/check:", color="orange" if refused else "gray")
    if refused and told.why(entry):
        st.markdown(escape(told.why(entry)))
    for label, value in facts(entry).items():
        if value:
            with st.container(horizontal=True, gap="small", wrap=False):
                st.markdown(f":gray[{escape(label)}]", width=140)
                st.markdown(escape(told.shown(value)))
    differences(entry)


def facts(entry: Entry) -> dict[str, str | None]:
    """What is known of an entry besides what it changed."""
    utc = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC"
    return {
        _("When"): f"{moment(entry)} ({utc})", _("To whom or what"): entry.object, _("Site"): entry.reseller_site_number,
        _("From"): entry.address,
    }


def differences(entry: Entry) -> None:
    """Before and after, a row for each field."""
    changes = told.changes(entry)
    if changes:
        columns: dict[str, list[Any]] = {
            _("Field"): [change.field for change in changes], _("Before"): [change.before for change in changes],
            _("After"): [change.after for change in changes],
        }
        st.dataframe(pd.DataFrame(columns), hide_index=True, placeholder="–", key=f"changes_{entry.id}", alt=_("Before and after"))
