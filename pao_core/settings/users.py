"""Settings > Users: the people of a site in words, and how a list of them is searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pao_core.access import Viewer
from pao_core.access.people import standing
from pao_core.access.people.names import shown
from pao_core.access.people.users import Person
from pao_core.access.rights import ACCESS_UPDATE, ACCESS_VIEW, JOBS, OPERATOR, ROLES
from pao_core.locale import N_, _, formats, ngettext
from pao_core.report import Column

NAME = "users"
RIGHT = ACCESS_VIEW
TITLE = N_("Users")
COLUMNS = (
    Column("name", N_("Name")), Column("email", N_("E-mail")), Column("site", N_("Site"), "code"), Column("role", N_("Role")),
    Column("status", N_("Status"), "user_status"), Column("last_sign_in", N_("Last sign-in"), help=N_("Known for 90 days.")),
    Column("second_factor", N_("Second factor")),
)


def role(person: Person) -> str:
    """The role, with the ready-made set of privileges that the person has, if it is one."""
    if person.role is None:
        return _("No site")
    named = _(ROLES[person.role]) if person.role in ROLES else _("Operator")
    job = next((text for text, privileges in JOBS.values() if privileges == person.privileges), None)
    return f"{named} · {_(job)}" if job and person.role in ("secondary", "user") else named


def found(people: Sequence[Person], text: str, site: str | None = None) -> list[Person]:
    """Those whose name or e-mail holds the text, at the site when one is given."""
    wanted = text.casefold()
    return [person for person in people
            if (wanted in person.name.casefold() or wanted in person.email) and (site is None or person.site == site)]


def row(person: Person, timezone: ZoneInfo) -> dict[str, Any]:
    """A person under COLUMNS."""
    return {
        "name": shown(person.name), "email": person.email, "site": person.site, "role": role(person), "status": person.status,
        "last_sign_in": formats.moment(person.last_sign_in, timezone) if person.last_sign_in else _("never"),
        "second_factor": _("Yes") if person.second_factor else _("No"),
    }


def about(people: Sequence[Person]) -> str:
    """What the list is about, under the title: which site, how many."""
    sites = sites_of(people)
    where = [_("Site {site}", site=named(number, sites[number])) for number in sites] if len(sites) == 1 else [
        ngettext("{count} site", "{count} sites", len(sites), count=formats.number(len(sites)))]
    users = len({person.email for person in people})
    return " · ".join([*where, ngettext("{count} user", "{count} users", users, count=formats.number(users))])


def sites_of(people: Sequence[Person]) -> dict[str, str | None]:
    """The sites of the people, number -> name."""
    return {person.site: person.site_name for person in people if person.site is not None}


def named(number: str, name: str | None) -> str:
    """A site by its name and number."""
    return f"{shown(name)} ({number})" if name else shown(number)


def manages(viewer: Viewer, site: str | None) -> bool:
    """Whether the viewer may change people at the site (None: of no site)."""
    return viewer.operator or (site is not None and site in viewer.sites(ACCESS_UPDATE))


def may_change(viewer: Viewer, person: Person) -> bool:
    """Whether the viewer may change this person."""
    return manages(viewer, person.site) and standing.may_touch(viewer, person.site, person.email, person.role)


def roles_to_add(viewer: Viewer, site: str | None) -> dict[str, str]:
    """The roles in which the viewer may add somebody, with their names; the strongest last."""
    roles = {role: _(ROLES[role]) for role in reversed(standing.roles_to_give(viewer, site))}
    return roles | ({"primary": _(ROLES["primary"]), OPERATOR: _("Operator")} if viewer.operator else {})
