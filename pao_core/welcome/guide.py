"""The guide of the first steps, shown on Home until its reader puts it away: the steps that the person's rights allow."""

from __future__ import annotations

from dataclasses import dataclass

from pao_core.access import Viewer
from pao_core.access.people.guide import dismiss, show_again, wanted
from pao_core.access.rights import ACCESS_UPDATE, DATA_IMPORT, OPERATOR, PRICES_DOWNLOAD, REPORTING_VIEW
from pao_core.locale import N_

__all__ = ["FEWEST", "Step", "dismiss", "show_again", "steps", "wanted"]
FEWEST = 3  # steps: who may do little is shown around


@dataclass(frozen=True)
class Step:
    """One thing to try first: its name, who may do it (one of the rights; none: everyone), and its words."""

    name: str
    rights: tuple[str, ...]
    title: str
    text: str
    link: str


STEPS = (
    Step("due", (REPORTING_VIEW,), N_("See what is due"), N_("Open renewals by days to the due date. Click a bar to see its lines."),
         N_("Show what is due")),
    Step("customer", (REPORTING_VIEW,), N_("Find a customer"), N_("Type part of a name, a site, an agreement or a quote."),
         N_("Search customers")),
    Step("prices", (PRICES_DOWNLOAD,), N_("Take prices along"), N_("Today's prices and those to come, of your country and level."),
         N_("Download prices")),
    Step("data", (DATA_IMPORT, OPERATOR), N_("Bring in data"), N_("A file is checked first, then loaded whole. You can undo it."),
         N_("Import a file")),
    Step("people", (ACCESS_UPDATE, OPERATOR), N_("Invite your people"), N_("Each gets a role, and the rights that the work needs."),
         N_("Add people")),
)
AROUND = (
    Step("tour", (), N_("Take the Tour"), N_("Three minutes through what one can see and do here."), N_("Start the Tour")),
    Step("account", (), N_("Make it yours"), N_("Language, password, second factor and notifications."), N_("Set up your account")),
)


def steps(viewer: Viewer) -> tuple[Step, ...]:
    """The steps for what the viewer may do, three at least."""
    fitting = [step for step in STEPS if any(viewer.may(right) for right in step.rights)]
    return (*fitting, *AROUND[: max(0, FEWEST - len(fitting))])
