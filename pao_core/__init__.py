"""What is true: the domain library of PAO Desk. It never imports streamlit.

    file -> importing -> STORE (one transaction + audit + change number)
    STORE -> REPLICA (changed rows only) -> report(viewer, filters) -> page | chart | file | command line
    page -> verb(viewer, ...) -> STORE

config, locale < money, dates < store < access < replica < filters < report < prices < orders < customers, home,
settings < catalogue. `charts` and `export` take tables and know no query. The path below `pages/`, `pao_core/` and
`tests/` is the same, and it is the menu.
"""
