"""Bringing in a file, step by step: choose, understand the headers, try, load; progress and cancel; what was rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import download, metrics, session
from pages.parts.text import escape
from pao_core import ecb
from pao_core.access import Viewer
from pao_core.access.rights import DATA_IMPORT
from pao_core.importing import jobs, mapping, rates
from pao_core.importing.columns import Dataset
from pao_core.importing.datasets import DATASETS
from pao_core.importing.options import ImportOptions
from pao_core.importing.run import Preview, preview
from pao_core.locale import N_, _, formats, ngettext

TYPES = ["csv", "xlsx", "parquet", "gz"]
LOOK_EVERY_SECONDS = 1
COUNTED = {"read": N_("Read"), "loaded": N_("Loaded"), "unchanged": N_("Unchanged"), "rejected": N_("Rejected"),
           "warned": N_("Loaded with a warning")}
TRIED = {**COUNTED, "loaded": N_("Would load"), "warned": N_("Would load with a warning")}


@dataclass(frozen=True)
class Chosen:
    """A file and what the person decided about it."""

    content: bytes
    file_name: str
    file_id: str
    dataset: str
    options: ImportOptions


def flow(viewer: Viewer, datasets: Sequence[str]) -> None:
    """The whole flow: a running or finished import first, else the form."""
    job = st.session_state.get("_import")
    if job:
        _followed(viewer, job)
    else:
        chosen = _form(viewer, datasets)
        if chosen is not None:
            _understood(viewer, chosen)
        elif rates.DATASET in datasets:
            _rates(viewer)


def _form(viewer: Viewer, datasets: Sequence[str]) -> Chosen | None:
    """Dataset, file and what happens to rows that do not fit."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        dataset = st.selectbox(_("What the file holds"), datasets, key="i_dataset", format_func=lambda name: _(DATASETS[name].title))
        create = st.toggle(_("Create missing sites and parts"), key="i_create", help=_("A row may name a site or part that is not known yet."))
        skip = st.toggle(_("Load the good rows even if some are rejected"), key="i_skip",
                         help=_("Otherwise one rejected row means that nothing is loaded."))
    with right:
        most = viewer.store.settings.limits.file_bytes // 1024**2
        told = _("File: CSV, XLSX or Parquet, also gzipped, at most {most} MB", most=most)
        file = st.file_uploader(told, TYPES, key="i_file", max_upload_size=most)
        st.caption(escape(_("Columns that it needs: {columns}", columns=", ".join(_needed(viewer, dataset)))))
    if file is None or dataset is None:
        return None
    options = ImportOptions(create_missing=create, skip_rejected=skip, **_said(viewer, dataset))
    return Chosen(file.getvalue(), file.name, file.file_id, dataset, options)


def _needed(viewer: Viewer, dataset: str) -> list[str]:
    """The columns that a file must have; who has one reseller need not name it."""
    alone = len(viewer.sites(DATA_IMPORT)) == 1
    return [column.name for column in DATASETS[dataset].columns if column.required and not (alone and column.references == "resellers")]


def _said(viewer: Viewer, dataset: str) -> dict[str, Any]:
    """What the person must say only sometimes: whose rows, a kept mapping, how numbers and dates are written."""
    own = viewer.sites(DATA_IMPORT)
    said: dict[str, Any] = {}
    with st.expander(_("If the file leaves something open"), icon=":material/tune:"):
        columns = st.columns(4)
        kept = mapping.kept(viewer, dataset)
        said["mapping"] = columns[0].selectbox(_("Kept mapping"), list(kept), index=None, key="i_mapping", placeholder=_("None")) or None
        said["numbers"] = columns[1].selectbox(_("Numbers"), ("comma", "point"), index=None, key="i_numbers", placeholder=_("By the column"),
                                               format_func=lambda form: {"comma": "1.234,56", "point": "1,234.56"}[form])
        said["dates"] = columns[2].selectbox(_("Dates"), ("dmy", "mdy"), index=None, key="i_dates", placeholder=_("By the column"),
                                             format_func=lambda form: {"dmy": _("Day first"), "mdy": _("Month first")}[form])
        said["sheet"] = columns[3].text_input(_("Sheet of the workbook"), key="i_sheet", placeholder=_("The first")) or None
        if DATASETS[dataset].tenant and len(own) > 1:
            said["reseller"] = st.selectbox(_("Reseller of every row"), own, index=None, key="i_reseller", placeholder=_("As the file says"))
    return said


def _rates(viewer: Viewer) -> None:
    """The exchange rates that come with the product: no file is needed."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(_("Load the European Central Bank's rates"), icon=":material/currency_exchange:", key="i_rates"):
            file = rates.published()
            _start(viewer, Chosen(file.content, file.name, file.name, rates.DATASET, rates.OPTIONS))
        st.caption(escape(_("Daily exchange rates since {first}; they end on {last}.",
                            first=formats.day(ecb.FIRST_DAY), last=formats.day(rates.last_day()))))


# -- headers ----------------------------------------------------------------------------------------------------------
def _understood(viewer: Viewer, chosen: Chosen) -> None:
    """The first rows, how the headers are understood, and the two buttons."""
    with st.spinner(_("Reading the first rows")):
        seen = _seen(viewer, chosen)
    chosen = _mapped(chosen, seen)
    seen = _seen(viewer, chosen)
    if seen.refusal:
        st.warning(escape(seen.refusal), icon=":material/rule:")
    frame = pd.DataFrame(seen.rows, columns=_apart(seen.headers))
    st.dataframe(frame, hide_index=True, row_height=33, height="content" if len(frame) <= 8 else 300, alt=_("First rows of the file"))
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Try without loading"), icon=":material/fact_check:", disabled=seen.refusal is not None, key="i_try"):
            _start(viewer, replace(chosen, options=replace(chosen.options, dry_run=True)))
        if st.button(session.on_primary(f":material/upload: {_('Import')}"), type="primary", disabled=seen.refusal is not None, key="i_load"):
            _start(viewer, chosen)


def _apart(headers: Sequence[str]) -> list[str]:
    """Headers that differ, for a table that needs it."""
    seen: dict[str, int] = {}
    named = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        named.append(header if seen[header] == 1 else f"{header} ({seen[header]})")
    return named


def _seen(viewer: Viewer, chosen: Chosen) -> Preview:
    """The preview, read once for the same file and choices."""
    key = (chosen.file_id, chosen.dataset, repr(chosen.options))
    kept: dict[Any, Preview] = st.session_state.setdefault("_previews", {})
    if key not in kept:
        with TemporaryDirectory(prefix="preview") as folder:
            path = Path(folder) / "upload"
            path.write_bytes(chosen.content)
            kept.clear()
            kept[key] = preview(viewer, path, chosen.dataset, options=chosen.options, file_name=chosen.file_name)
    return kept[key]


def _mapped(chosen: Chosen, seen: Preview) -> Chosen:
    """The choice with the headers that the person assigns, and the name under which to keep them."""
    dataset = DATASETS[chosen.dataset]
    title = ngettext("{count} of {all} columns found", "{count} of {all} columns found", len(seen.columns), all=len(dataset.columns))
    with st.expander(title, icon=":material/swap_horiz:", expanded=seen.refusal is not None):
        assigned = _assigned(dataset, seen, chosen.file_id)
        if seen.ignored:
            st.caption(escape(_("Not used: {headers}", headers=", ".join(seen.ignored))))
        name = st.text_input(_("Keep this mapping under a name"), key=f"i_keep_{chosen.file_id}", placeholder=_("Not kept"))
    if not assigned:
        return chosen
    return replace(chosen, options=replace(chosen.options, mapped=assigned, mapping=name.strip() or chosen.options.mapping))


def _assigned(dataset: Dataset, seen: Preview, file_id: str) -> dict[str, str]:
    """Column -> header, where the person says other than what was found."""
    assigned: dict[str, str] = {}
    grid = st.grid(4, min_column_width=220, gap="small")
    for column in dataset.columns:
        found = seen.columns.get(column.name)
        options = list(dict.fromkeys(seen.headers))
        with grid.cell():
            label = escape(f"{column.name} *" if column.required else column.name)
            header = st.selectbox(label, options, index=options.index(found) if found in options else None, key=f"i_{file_id}_{column.name}",
                                  placeholder="–")
        if header and header != found:
            assigned[column.name] = header
    return assigned


# -- the job ----------------------------------------------------------------------------------------------------------
def _start(viewer: Viewer, chosen: Chosen) -> None:
    st.session_state["_import"] = {
        "job": jobs.start(viewer, chosen.content, chosen.dataset, chosen.options, chosen.file_name), "chosen": chosen,
    }
    st.rerun()


def _followed(viewer: Viewer, started: Mapping[str, Any]) -> None:
    state = jobs.state(viewer, started["job"])
    if state.over:
        _result(viewer, started, state)
    else:
        _progress(started["job"])


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _progress(job: str) -> None:
    """How far the import is, looked at every second, with the button that stops it."""
    session.speak()
    viewer = session.viewer(activity=False)
    state = jobs.state(viewer, job) if viewer else None
    if viewer is None or state is None or state.over:
        st.rerun()
    share = min(1.0, state.done / state.total) if state.total else 0.0
    done = ngettext("{count} row", "{count} rows", state.done, count=formats.number(state.done))
    st.progress(share, escape(f"{_(state.step)} · {done}"))
    if st.button(_("Cancel the import"), icon=":material/cancel:", key="i_cancel"):
        jobs.cancel(viewer, job)
        st.rerun()


def _result(viewer: Viewer, started: Mapping[str, Any], state: jobs.JobState) -> None:
    """What the import did, or would do; the rejected rows as a file."""
    chosen: Chosen = started["chosen"]
    result, scene = state.result, session.scene()  # a download is made in a thread that has no session state
    st.markdown(f"**{escape(chosen.file_name)}** · {escape(_(DATASETS[chosen.dataset].title))}")
    if result is None:
        words = {jobs.CANCELLED: _("The import was cancelled. Nothing was loaded."),
                 jobs.FAILED: _("The import ended unexpectedly. Nothing was loaded. Try again; if it happens again, tell your administrator.")}
        st.error(escape(state.refusal or words.get(state.state, words[jobs.FAILED])), icon=":material/error:")
    else:
        _counts(result, chosen.options.dry_run)
    with st.container(horizontal=True, gap="small"):
        if result and result["rejected"]:
            st.download_button(_("Rejected rows, to mend"),
                               download.noted(lambda: jobs.rejected_rows(session.still(scene), started["job"]), "rejected.csv"),
                               f"rejected-{Path(chosen.file_name).name.split('.')[0]}.csv", "text/csv", on_click="ignore", key="i_rejected",
                               icon=":material/download:")
        if result and result["batch"] is None and result["loaded"] and st.button(
                session.on_primary(f":material/upload: {_('Load the good rows')}"), type="primary", key="i_good"):
            _start(viewer, replace(chosen, options=replace(chosen.options, dry_run=False, skip_rejected=bool(result["rejected"]))))
        st.button(_("Another file"), icon=":material/note_add:", on_click=_over, key="i_over")


def _counts(result: Mapping[str, Any], tried: bool) -> None:
    nothing = result["batch"] is None
    metrics.row([metrics.Metric(_(text), formats.number(result[name])) for name, text in (TRIED if nothing else COUNTED).items()])
    if result["refused"]:
        st.warning(_("Nothing was loaded, because some rows were rejected. Mend them, or load the good rows alone."), icon=":material/rule:")
    elif nothing and not tried:
        st.info(_("Nothing was loaded."), icon=":material/info:")
    elif not nothing:
        st.success(_("Loaded as import {number}.", number=result["batch"]), icon=":material/check_circle:")
    stubs = ", ".join(f"{name} {formats.number(count)}" for name, count in result["stubs"].items() if count)
    if stubs:
        st.caption(escape(_("Created because they were missing: {stubs}", stubs=stubs)))
    if result["examples"]:
        st.markdown("\n".join(f"- {escape(example)}" for example in result["examples"]))


def _over() -> None:
    st.session_state.pop("_import", None)
    st.session_state.pop("_previews", None)
