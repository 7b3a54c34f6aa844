"""The imports that were made: each with its counts, its rejected rows and its undoing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts import download, session, states, table
from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.importing import batches
from pao_core.importing.datasets import DATASETS
from pao_core.locale import N_, Refused, _, formats, ngettext
from pao_core.report import Column

COLUMNS = (
    Column("id", N_("Import"), "integer"), Column("loaded", N_("Loaded at")), Column("title", N_("Data")), Column("file_name", N_("File")),
    Column("actor", N_("By")), Column("reseller_site_number", N_("Reseller"), "code"), Column("read", N_("Read"), "integer"),
    Column("loaded_rows", N_("Loaded"), "integer"), Column("unchanged", N_("Unchanged"), "integer"),
    Column("rejected", N_("Rejected"), "integer"), Column("warned", N_("With a warning"), "integer"), Column("state", N_("State")),
)


def listed(viewer: Viewer) -> None:
    """The list; a click on an import opens what can be done with it."""
    found = batches.listed(viewer)
    if not found:
        states.empty(_("No imports yet"), _("An import appears here with its counts, its rejected rows and a way back."), "inbox")
        return
    state = st.session_state
    opened = state.pop("_batch", None)
    # A new key after each click: a selection that stayed would open the panel again at every rerun.
    row = table.table(COLUMNS, [_row(viewer, batch) for batch in found], key=f"batches_{state.get('_batches_seen', 0)}", alt=_("Imports"),
                      clickable=True)
    if row is not None:
        state["_batch"], state["_batches_seen"] = row["id"], state.get("_batches_seen", 0) + 1
        st.rerun()
    for batch in found:
        if batch["id"] == opened:
            title = _("Import {number}", number=batch["id"])
            st.dialog(title, width="medium", position="right", icon=":material/history:")(_opened)(batch)


def _row(viewer: Viewer, batch: dict[str, Any]) -> dict[str, Any]:
    return {**batch, "loaded": formats.moment(batch["loaded_at"], viewer.store.settings.timezone), "title": _(DATASETS[batch["dataset"]].title),
            "loaded_rows": batch["loaded"], "state": _("Undone") if batch["undone"] else _("Loaded")}


def _opened(batch: dict[str, Any]) -> None:
    """One import: its files, and undoing it."""
    viewer, scene = session.enter_dialog(), session.scene()
    st.markdown(f"**{escape(batch['file_name'])}**")
    st.caption(escape(" · ".join(_facts(batch))))
    files: Sequence[tuple[str, str, Any]] = (
        ("rejected", _("Rejected rows, to mend"), batches.rejected_rows), ("warned", _("Rows loaded with a warning"), batches.warned_rows),
    )
    for name, label, rows in files:
        if batch[name]:
            file = f"{name}-{batch['id']}.csv"
            st.download_button(label, download.noted(lambda rows=rows: rows(session.still(scene), batch["id"]), file), file, "text/csv",
                               on_click="ignore", key=f"b_{name}", icon=":material/download:")
    if batch["undone"]:
        st.info(_("This import is undone."), icon=":material/undo:")
    elif st.button(_("Undo this import"), icon=":material/undo:", key="b_undo"):
        try:
            count = batches.undo(viewer, batch["id"])
        except Refused as problem:
            states.refused(problem)
        else:
            st.toast(ngettext("{count} row taken back", "{count} rows taken back", count, count=formats.number(count)))
            st.rerun()


def _facts(batch: dict[str, Any]) -> list[str]:
    counts = {"read": N_("read {count}"), "loaded": N_("loaded {count}"), "unchanged": N_("unchanged {count}"), "rejected": N_("rejected {count}")}
    return [_(text, count=formats.number(batch[name])) for name, text in counts.items()]
