"""The role and the privileges of a person: a row of levels for each tool, or a ready-made set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from pages.parts.text import escape
from pao_core.access import Viewer
from pao_core.access.people import standing
from pao_core.access.rights import JOBS, LEVEL_TEXTS, PRESETS, ROLES, TOOL_TEXTS
from pao_core.locale import _

NONE = standing.NONE


@dataclass(frozen=True)
class Choice:
    """A role and a level for each tool, as the browser shows them. The key of the button that confirms them begins with `key`: a click that
    was made while something else was shown then finds no such button, and confirms nothing."""

    role: str
    levels: dict[str, str]
    key: str


def editor(viewer: Viewer, site: str | None, roles: Mapping[str, str], now: Mapping[str, str], *, key: str) -> Choice:
    """Choose one of `roles` (the first is the present or proposed one) and a level for each tool, from those that the viewer gives at the
    site; `now` is what the person has, or is proposed. Another `key` is another person."""
    offered = standing.levels_to_give(viewer, site, now)
    role = st.selectbox(_("Role"), list(roles), format_func=roles.__getitem__, key=f"{key}_role") if len(roles) > 1 else next(iter(roles))
    if role not in ("secondary", "user"):
        st.caption(_("The primary contact has every privilege.") if role == "primary" else _("An operator sees no reseller's data."))
        return Choice(role, {}, f"{key}_{role}")
    sets = _sets()
    filled = st.selectbox(_("Fill in a ready-made set"), list(sets), format_func=lambda name: sets[name][0], index=None,
                          placeholder=_("Choose a set"), key=f"{key}_set")
    # Each set has controls of its own. With a click a browser sends all that it shows: one that has not drawn a set yet would have the
    # levels of before it taken for those of the set.
    drawn = f"{key}_{filled}_{hash(tuple(offered.items()))}"
    wanted = sets[filled][1] if filled else now
    levels = {tool: _level(tool, offered[tool], standing.lowered(tool, wanted.get(tool, NONE), offered[tool]), f"{drawn}_{tool}") for tool in offered}
    return Choice(role, levels, f"{drawn}_{role}")


def shown(privileges: Mapping[str, str]) -> None:
    """The privileges, to read."""
    for tool, text in TOOL_TEXTS.items():
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(escape(_(text)), width="content")
            st.markdown(f":gray[{escape(_(LEVEL_TEXTS[privileges.get(tool, NONE)]))}]", width="content")


def _level(tool: str, offered: tuple[str, ...], first: str, key: str) -> str:
    """The control of one tool, which stands at `first` until it is touched."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(escape(_(TOOL_TEXTS[tool])), width="content")
        chosen = st.segmented_control(_(TOOL_TEXTS[tool]), offered, default=first, key=key, format_func=lambda level: _(LEVEL_TEXTS[level]),
                                      label_visibility="collapsed", required=True, width="content")
    return str(chosen)


def _sets() -> dict[str, tuple[str, Mapping[str, str]]]:
    """The ready-made sets: of the roles, then of the jobs; name -> (words, privileges)."""
    of_roles = {role: (_(ROLES[role]), PRESETS[role]) for role in ("user", "secondary")}
    return of_roles | {name: (_(text), privileges) for name, (text, privileges) in JOBS.items()}
