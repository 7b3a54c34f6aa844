"""Who may do what to whom at a reseller site, and which privileges anybody may give there.

The primary contact does everything to secondaries and users; whoever else has the right to manage access acts on plain users alone and
gives nothing above its own. The operator stands above the primary, and appoints it. Nobody acts on oneself.
"""

from __future__ import annotations

from collections.abc import Mapping

from pao_core.access.rights import OPERATOR, PRESETS, TOOLS
from pao_core.access.viewer import Viewer
from pao_core.locale import N_, Refused

NONE = "none"
UNBOUND = (OPERATOR, "primary")  # those who give what they like


def rank(viewer: Viewer, site: str | None) -> str | None:
    """What the viewer is at the site: OPERATOR, a role, or None for a stranger there. Whether it may act at all is its rights' matter."""
    if viewer.operator or viewer.every_reseller:
        return OPERATOR
    return next((place.role for place in viewer.memberships if place.reseller_site_number == site), None)


def roles_to_give(viewer: Viewer, site: str | None) -> tuple[str, ...]:
    """The roles that the viewer gives at the site by adding and changing people; the primary role is handed over or appointed."""
    return ("secondary", "user") if rank(viewer, site) in UNBOUND else ("user",)


def levels_to_give(viewer: Viewer, site: str | None, now: Mapping[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    """For each tool the levels that the viewer gives at the site, NONE first; the one that a person has `now` may stay."""
    free = rank(viewer, site) in UNBOUND
    rights = frozenset().union(*(place.rights for place in viewer.memberships if place.reseller_site_number == site))
    return {
        tool: (NONE, *(level for level in levels if free or f"{tool}.{level}" in rights or level == (now or {}).get(tool)))
        for tool, levels in TOOLS.items()
    }


def lowered(tool: str, level: str, offered: tuple[str, ...]) -> str:
    """The level of the tool, or the highest below it that is offered."""
    upto = TOOLS[tool][: TOOLS[tool].index(level) + 1] if level in TOOLS[tool] else ()
    return next((one for one in reversed(upto) if one in offered), NONE)


def checked_privileges(privileges: object) -> dict[str, str]:
    """Privileges as they are kept: tool -> level, without the tools at NONE. Refused for a tool or a level that there is not."""
    if not isinstance(privileges, Mapping):
        raise Refused(_NO_SUCH)
    for tool, level in privileges.items():
        if tool not in TOOLS or level not in (NONE, *TOOLS[tool]):
            raise Refused(_NO_SUCH)
    return {tool: privileges[tool] for tool in TOOLS if privileges.get(tool, NONE) != NONE}


def check_giving(viewer: Viewer, site: str | None, role: object, privileges: object, now: Mapping[str, str] | None = None) -> dict[str, str]:
    """The privileges to keep for a person in this role at the site; Refused for what the viewer may not give there."""
    kept = checked_privileges(privileges)
    if role not in roles_to_give(viewer, site):
        if role in PRESETS and role != "primary":
            raise Refused(N_("Only the primary contact gives this role. You can add and change plain users."))
        raise Refused(N_("This role cannot be given like that. The primary contact hands its role over, or the operator appoints another."))
    levels = levels_to_give(viewer, site, now)
    if any(level not in levels[tool] for tool, level in kept.items()):
        raise Refused(N_("You cannot give a privilege that you do not have. Lower it, or ask the primary contact."))
    return kept


def check_touching(viewer: Viewer, site: str | None, email: str, role: str | None) -> None:
    """Refused when the viewer may not act on the person of this e-mail, who is in this role at the site."""
    check_other(viewer, email)
    if role == "primary":
        raise Refused(N_("The primary contact stays as it is until another takes over: the role is handed over, or the operator appoints another."))
    check_acting_on(viewer, site, role)


def check_other(viewer: Viewer, email: str) -> None:
    """Refused when the person of this e-mail is the viewer."""
    if email == viewer.email:
        raise Refused(N_("Nobody does this to the own account. Ask another person who manages access."))


def check_acting_on(viewer: Viewer, site: str | None, role: str | None) -> None:
    """Refused when people in this role at the site are above the viewer."""
    if rank(viewer, site) not in UNBOUND and role != "user":
        raise Refused(N_("Only the primary contact changes this person. You can add and change plain users."))


def may_touch(viewer: Viewer, site: str | None, email: str, role: str | None) -> bool:
    """Whether the viewer, having the right to manage access at the site, may act on this person."""
    try:
        check_touching(viewer, site, email, role)
    except Refused:
        return False
    return True


_NO_SUCH = N_("There is no such privilege. Choose from the levels of each tool.")
