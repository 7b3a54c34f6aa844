"""The role and the privileges of a person: a row of levels for each tool, or a ready-made set."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.people import standing
from pao_core.access.rights import JOBS, LEVEL_TEXTS, PRESETS, ROLES, TOOL_TEXTS
from pao_core.locale import _

NONE = standing.NONE


def editor(viewer: Viewer, site: str | None, roles: Mapping[str, str], now: Mapping[str, str], *, key: str) -> tuple[str, dict[str, str]]:
    """Choose one of `roles` (the first is the present or proposed one) and a level for each tool, from those that the viewer gives at the
    site; `now` is what the person has, or is proposed. Another `key` is another person."""
    levels = standing.levels_to_give(viewer, site, now)
    role = st.selectbox(_("Role"), list(roles), format_func=roles.__getitem__, key=f"{key}_role") if len(roles) > 1 else next(iter(roles))
    if role not in ("secondary", "user"):
        st.caption(_("The primary contact has every privilege.") if role == "primary" else _("An operator sees no reseller's data."))
        return role, {}
    sets = _sets()
    st.selectbox(_("Fill in a ready-made set"), list(sets), format_func=lambda name: sets[name][0], index=None, placeholder=_("Choose a set"),
                 key=f"{key}_set", on_change=_fill, args=(key, levels))
    return role, {tool: _level(tool, levels[tool], now, key) for tool in levels}


def shown(privileges: Mapping[str, str]) -> None:
    """The privileges, to read."""
    for tool, text in TOOL_TEXTS.items():
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(escape(_(text)), width="content")
            st.markdown(f":gray[{escape(_(LEVEL_TEXTS[privileges.get(tool, NONE)]))}]", width="content")


def _level(tool: str, levels: tuple[str, ...], now: Mapping[str, str], key: str) -> str:
    name = f"{key}_{tool}"
    st.session_state.setdefault(name, now.get(tool, NONE))
    if st.session_state[name] not in levels:
        st.session_state[name] = NONE
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(escape(_(TOOL_TEXTS[tool])), width="content")
        chosen = st.segmented_control(_(TOOL_TEXTS[tool]), levels, key=name, format_func=lambda level: _(LEVEL_TEXTS[level]),
                                      label_visibility="collapsed", required=True, width="content")
    return str(chosen)


def _sets() -> dict[str, tuple[str, Mapping[str, str]]]:
    """The ready-made sets: of the roles, then of the jobs; name -> (words, privileges)."""
    of_roles = {role: (_(ROLES[role]), PRESETS[role]) for role in ("user", "secondary")}
    return of_roles | {name: (_(text), privileges) for name, (text, privileges) in JOBS.items()}


def _fill(key: str, levels: Mapping[str, tuple[str, ...]]) -> None:
    """Set each tool to the level of the set, or to the highest below it that the viewer gives."""
    chosen = st.session_state[f"{key}_set"]
    if chosen is None:
        return
    wanted = _sets()[chosen][1]
    for tool, offered in levels.items():
        st.session_state[f"{key}_{tool}"] = standing.lowered(tool, wanted.get(tool, NONE), offered)
