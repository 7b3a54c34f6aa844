"""The pages about subscriptions, walked by one person: what waits, whose form is open, what was not billed, and what ends soon."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

from browser import Served, pick, settled, sign_in, viewer
from playwright.sync_api import Page, expect

from pao_core import report
from pao_core.config import Settings
from pao_core.filters import Filters
from pao_core.locale import formats
from pao_core.renewals import due_180_days, subscription_updates
from pao_core.saas import saas_data_elements, saas_fulfillment, suppressed_overage


def test_a_walk_from_what_waits_to_what_ends(served: Served, tab: Callable[..., Page]) -> None:
    page, reader, today = tab(), viewer(served), Settings.from_environment().today()

    def total(module: ModuleType, measure: str, filters: Filters = Filters()) -> int:  # noqa: B008
        return sum(row[measure] for row in report.run(module, reader, filters, today=today).totals)

    def said(words: str) -> None:
        expect(page.get_by_test_id("stMarkdown").filter(has_text=words).first).to_be_visible()

    sign_in(page, served, "/saas-fulfillment")
    said(f"{total(saas_fulfillment, 'subscriptions')} subscriptions")
    page.get_by_role("radio", name="Waiting", exact=True).click()
    settled(page)
    said(f"{total(saas_fulfillment, 'subscriptions', Filters(status=saas_fulfillment.WAITING))} subscriptions")
    assert parse_qs(urlsplit(page.url).query)["status"] == list(saas_fulfillment.WAITING)

    page.goto(f"{served.url}/saas-data-elements?status=awaiting_form")
    said(f"{total(saas_data_elements, 'forms', Filters(status=('awaiting_form',)))} forms")
    first = report.run(saas_data_elements, reader, Filters(status=("awaiting_form",)), today=today, by="subscription").rows[0]
    panel = page.get_by_test_id("stDialog")
    pick(page.get_by_test_id("stDataFrame").last, panel)
    expect(panel).to_contain_text(first["subscription"])
    expect(panel.get_by_text("Provisioning form")).to_be_visible()

    page.goto(f"{served.url}/suppressed-overage")
    said(f"{total(suppressed_overage, 'lines')} periods with suppressed overage")
    unpriced = sum(row["lines"] for row in report.run(suppressed_overage, reader, Filters(), today=today).totals if row["currency"] is None)
    expect(page.get_by_test_id("stMetric").filter(has_text="Periods without a price")).to_contain_text(str(unpriced))

    page.goto(f"{served.url}/subscription-updates?window=90&direction=last")
    filters = Filters(window=90, direction="last")
    since, until = due_180_days.window(filters, today)
    said(f"{total(subscription_updates, 'subscriptions', filters)} subscriptions end from {formats.day(since)} to {formats.day(until)}")
