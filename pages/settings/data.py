"""Settings > Data: bring in a file, see what was brought in, take it back, and how fresh the data are."""

import streamlit as st

from pages.parts import batches, chart, explain, frame, import_flow, session, states
from pages.parts.text import escape
from pao_core.access.rights import DATA_IMPORT, OPERATOR
from pao_core.demo import demonstration
from pao_core.importing.datasets import DATASETS
from pao_core.locale import _, formats
from pao_core.settings import data

scene = session.enter(DATA_IMPORT, OPERATOR)


def fresh() -> None:
    """When each kind of data was last loaded."""
    grid = st.grid(7, min_column_width=168, gap="small")
    timezone, never = scene.viewer.store.settings.timezone, _("never loaded here")
    if demonstration.present(scene.viewer.store):
        never = _("Demonstration data")
    for name, at in data.freshness(scene.viewer).items():
        with grid.container(border=True, gap=None):
            st.markdown(f"**{escape(_(DATASETS[name].title))}**")
            st.caption(escape(formats.moment(at, timezone) if at else never))


with states.told():
    chart.heading(_("Import a file"), escape(_("A file is loaded whole or not at all; loading the same file again changes nothing.")))
    import_flow.flow(scene.viewer, [dataset.name for dataset in data.loadable(scene.viewer)])
with states.told():
    chart.heading(_("Freshness"), escape(_("The last import of each kind of data")))
    fresh()
with states.told():
    chart.heading(_("Imports"), escape(_("Newest first; click one for its rejected rows or to undo it")))
    batches.listed(scene.viewer)
frame.header(_(data.TITLE), explain.freshness())
