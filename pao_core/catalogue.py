"""The registry of reports, which pages, the command line and the tests walk. Register = one line here."""

from __future__ import annotations

from types import ModuleType

from pao_core.customers import customers, end_customers, entitlements, levels_and_points
from pao_core.filters import nearest
from pao_core.locale import N_
from pao_core.orders import order_history
from pao_core.renewals import committed_terms, due_180_days, expiring_quotes, price_notifications, renewals, subscription_updates
from pao_core.report import UnknownReport, page_of
from pao_core.saas import saas_data_elements, saas_fulfillment, suppressed_overage

REPORTS: dict[str, ModuleType] = {
    report.NAME: report
    for report in (
        customers,
        end_customers,
        entitlements,
        levels_and_points,
        order_history,
        renewals,
        due_180_days,
        committed_terms,
        expiring_quotes,
        price_notifications,
        subscription_updates,
        saas_fulfillment,
        saas_data_elements,
        suppressed_overage,
    )
}


def find(name: str) -> ModuleType:
    """The report of this name. Raises UnknownReport with the nearest ones."""
    if name not in REPORTS:
        near = nearest(name, {known: known for known in REPORTS}) or list(REPORTS)
        raise UnknownReport(N_("There is no report {name}. Nearest: {nearest}."), name=name, nearest=", ".join(near))
    return REPORTS[name]


def of_page(address: str) -> ModuleType | None:
    """The report that the page of this address shows; None when there is none, or no longer."""
    return PAGES.get(address)


PAGES: dict[str, ModuleType] = {page_of(report): report for report in REPORTS.values()}
