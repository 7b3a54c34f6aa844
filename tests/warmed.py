"""What every served product imports, imported: servers are forked from a process that has this behind it (`nursery.py`)."""

from __future__ import annotations

from importlib import import_module

for _name in (
    "duckdb", "pandas", "pyarrow", "streamlit.web.server.starlette", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto", "pao_core.access.mail.sending", "pao_core.catalogue", "pao_core.reports.calendar_feed",
    "pages.parts.access.welcome", "pages.parts.frame",
):
    import_module(_name)
