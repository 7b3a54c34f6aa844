"""Settings > Access requests: who asks for access, in words, and what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pao_core.access import Viewer
from pao_core.access.people import standing
from pao_core.access.people.names import shown
from pao_core.access.people.requests import FORMS, Request
from pao_core.access.rights import ACCESS_UPDATE, ACCESS_VIEW, ROLES
from pao_core.locale import N_, _, formats
from pao_core.report import Column
from pao_core.settings.users import named

NAME = "access-requests"
RIGHT = ACCESS_VIEW
TITLE = N_("Access requests")
COLUMNS = (
    Column("decided", N_("Decided at")), Column("state", N_("Decision"), "request_state"), Column("name", N_("Name")), Column("email", N_("E-mail")),
    Column("site", N_("Site"), "code"), Column("form", N_("Form")), Column("decided_by", N_("By")), Column("reason", N_("Reason")),
)


def facts(asked: Request, now: datetime) -> list[str]:
    """What else is known of a request."""
    return [named(asked.site, asked.site_name), _(FORMS[asked.form]), _("asked {time}", time=formats.ago(now - asked.asked_at))]


def warnings(asked: Request) -> list[str]:
    """What whoever decides must not overlook."""
    found = []
    if asked.claims_primary:
        found.append(_("Says to be the primary contact of this site."))
    if asked.site_name is None:
        found.append(_("No reseller has this site number here: import it first, or deny the request."))
    elif asked.claims_primary and asked.primary:
        found.append(_("The primary contact of the site is {email}.", email=asked.primary))
    elif asked.primary is None:
        found.append(_("The site has no primary contact yet."))
    if asked.member:
        found.append(_("This person is at the site already."))
    return found


def may_decide(viewer: Viewer, asked: Request) -> bool:
    """Whether the viewer may decide a request of its queue, not only see it."""
    return viewer.operator if asked.of_operator else asked.site in viewer.sites(ACCESS_UPDATE)


def roles_to_give(viewer: Viewer, asked: Request) -> dict[str, str]:
    """The roles that may be granted, the proposed one first."""
    roles = (*standing.roles_to_give(viewer, asked.site), *(["primary"] if viewer.operator else []))
    return {role: _(ROLES[role]) for role in sorted(roles, key=lambda role: (role != asked.proposed_role, role != "user"))}


def row(asked: Request, timezone: ZoneInfo) -> dict[str, Any]:
    """A decided request under COLUMNS."""
    return {
        "decided": formats.moment(asked.decided_at, timezone) if asked.decided_at else None, "state": asked.state, "name": shown(asked.name),
        "email": asked.email, "site": asked.site, "form": _(FORMS[asked.form]), "decided_by": asked.decided_by,
        "reason": asked.reason and shown(asked.reason),
    }
