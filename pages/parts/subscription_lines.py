"""What the pages about subscriptions have in common: shortcuts by status, the lines below, and what a click on one opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from pages.parts import filter_bar, session, subscription, table, view
from pao_core.locale import N_, _, words
from pao_core.report import Result
from pao_core.saas import subscribed

WAYS = {"customer": N_("Customer"), "agreement": N_("Agreement number"), "site": N_("Site number"), "country": N_("Country/region"),
        "product_group": N_("Product group"), "part": N_("Part number"), "fulfillment_status": N_("Fulfillment status"), "reseller": N_("Reseller")}


def statuses(**groups: tuple[str, tuple[str, ...]]) -> None:
    """Fulfillment statuses at one click, before them `groups` of several: name -> (word, statuses)."""
    several = {name: {"status": codes} for name, (_word, codes) in groups.items()}
    offered = {"": {"status": ()}, **several, **{code: {"status": (code,)} for code in words.FULFILLMENT_STATUSES}}
    filter_bar.shortcuts(_("Fulfillment status"), offered, {
        "": _("All"), **{name: word for name, (word, _codes) in groups.items()},
        **{code: _(name) for code, name in words.FULFILLMENT_STATUSES.items()}})


def lines(report: ModuleType, ways: Mapping[str, str], *, says: Callable[[Result], str], first: Sequence[str], form: str = "summary",
          own: Callable[[str, table.Row], None] | None = None) -> None:
    """The lines, or sums of them by one of `ways`. A click on a line, or on the sum of one subscription, opens the subscription with its
    use and form; one on another sum shows the lines behind it, or does what the page has of its `own`."""
    scene = session.scene()

    def clicked(by: str, row: table.Row) -> None:
        if not by or (by == "subscription" and row["reseller_site_number"]):
            subscription.pick(row)
        elif own is not None and by not in subscribed.FILTERED:
            own(by, row)
        else:
            view.narrow(subscribed.behind(scene.viewer, scene.filters, by, row[by]), form="detail")

    table.section(report, ways, says=says, on_click=clicked, first=first, form=form, again=view.turn(subscription.PANEL))
    subscription.opened()
