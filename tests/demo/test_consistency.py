"""The tables of the demonstration tell one story: orders, quotes, coverage and services agree, line by line, and with the date engine."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from book import TODAY, Book, Row, grouped

from pao_core import dates, money
from pao_core.demo.people import CAST

DAY = timedelta(1)
HISTORY = TODAY - timedelta(3 * 365)  # quotes are kept from here on
PERIOD_MONTHS = 6  # a licence's first coverage has at least so many


def renewing(whole: Book) -> list[Row]:
    """The order lines that renew something by quote: no monthly licence does."""
    return [line for line in whole.of("orders") if line["order_type"] == "renewal" and whole.part(line)["part_type"] != "monthly"]


def family(part: Row) -> str:
    """What the licence, renewal and reinstatement parts of a product have in common."""
    return str(part["license_part"] or part["part_number"])


def test_a_renewed_line_is_an_order_line_and_every_renewal_order_line_is_a_renewed_line(whole: Book) -> None:
    def told(row: Row, ordered: date) -> tuple[Any, ...]:
        return row["reseller_site_number"], row["part_number"], row["coverage_start"], row["coverage_end"], ordered, row["unit_price"]

    renewed = [line for line in whole.of("renewals") if line["status"] == "renewed"]
    software = Counter(told(line, line["renewed_on"]) for line in renewed if whole.part(line)["family"] == "software")
    ordered = Counter(told(line, line["order_date"]) for line in renewing(whole) if line["coverage_start"] > HISTORY)
    assert software == ordered and software.total() > 1_000
    services = Counter(told(line, line["renewed_on"]) for line in renewed if whole.part(line)["family"] == "saas")
    assert services <= Counter(told(line, line["order_date"]) for line in whole.of("orders") if line["order_type"] == "saas")
    assert services.total() > 100


def test_only_renewed_lines_have_a_date_of_renewal_and_it_is_past(whole: Book) -> None:
    for line in whole.of("renewals"):
        assert (line["renewed_on"] is not None) == (line["status"] == "renewed")
        assert line["renewed_on"] is None or line["renewed_on"] <= TODAY


def test_an_order_names_the_quote_whose_lines_it_renews(whole: Book) -> None:
    quotes = grouped(whole.of("renewals"), lambda line: (line["reseller_site_number"], line["quote_number"]))
    named = 0
    for line in whole.of("orders"):
        if line["quote_number"] is None or line["coverage_start"] <= HISTORY:
            continue
        matching = [quoted for quoted in quotes[line["reseller_site_number"], line["quote_number"]] if quoted["status"] == "renewed"
                    and (quoted["part_number"], quoted["due_date"]) == (line["part_number"], line["coverage_start"])]
        assert matching
        named += 1
    renewed = sum(line["coverage_start"] > HISTORY for line in renewing(whole))
    assert 0.8 * renewed < named, "most renewal orders name their quote"
    assert any(line["quote_number"] is None for line in renewing(whole)), "and some do not"


def test_a_quote_is_for_one_customer_in_one_currency_and_falls_due_on_one_day(whole: Book) -> None:
    quotes = grouped(whole.of("renewals"), lambda line: (line["reseller_site_number"], line["quote_number"]))
    sites = 0
    for lines in quotes.values():
        assert len({(whole.site(line)["agreement_number"] or line["site_number"], line["currency"], line["due_date"]) for line in lines}) == 1
        assert sorted(line["line_number"] for line in lines) == list(range(1, len(lines) + 1))
        assert len({line["quote_expires"] for line in lines}) == 1
        sites = max(sites, len({line["site_number"] for line in lines}))
    assert sites > 1, "an agreement's sites are quoted together"


def test_coverage_is_quoted_from_the_due_date_for_twelve_months(whole: Book) -> None:
    for line in whole.of("renewals"):
        assert line["coverage_start"] == line["due_date"]
        assert line["coverage_end"] == dates.fixed_term(line["due_date"]).value.end
        assert line["amount"] == money.to_minor(money.line_amount(line["quantity"], line["unit_price"], line["currency"]), line["currency"])


def test_open_lines_are_due_from_two_months_ago_to_a_year_ahead(whole: Book) -> None:
    due = [line["due_date"] for line in whole.of("renewals") if line["status"] == "open"]
    assert TODAY - timedelta(72) < min(due) < TODAY - timedelta(20) and TODAY + timedelta(300) < max(due) <= TODAY + timedelta(365)
    expires = [line["quote_expires"] for line in whole.of("renewals") if line["status"] == "open"]
    assert None in expires and any(day is not None and day < TODAY for day in expires) and any(day is not None and day > TODAY for day in expires)
    past = [line for line in whole.of("renewals") if line["status"] != "open"]
    assert min(line["due_date"] for line in past) < HISTORY + timedelta(60)
    lapsed = [line["due_date"] for line in past if line["status"] == "lapsed"]
    assert max(lapsed) <= TODAY - timedelta(58)


def test_renewals_come_on_time_and_late_resized_and_moved(whole: Book) -> None:
    def where(row: Row) -> tuple[Any, ...]:
        return row["reseller_site_number"], row["part_number"], row["coverage_start"], row["unit_price"]

    renewed = [line for line in whole.of("renewals") if line["status"] == "renewed"]
    late = sum(line["renewed_on"] > line["due_date"] for line in renewed)
    assert 0.1 * len(renewed) < late < 0.3 * len(renewed)
    ordered = grouped(renewing(whole), where)
    single = [(line, ordered[where(line)][0]) for line in renewed if len(ordered[where(line)]) == 1]
    assert any(order["quantity"] > line["quantity"] for line, order in single)
    assert any(order["quantity"] < line["quantity"] for line, order in single)
    moved = [(line, order) for line, order in single if order["site_number"] != line["site_number"]]
    assert moved
    assert all(whole.site(line)["agreement_number"] == whole.site(order)["agreement_number"] for line, order in moved)
    kinds = {(row["site_number"], row["part_number"], row["coverage_start"]): row["kind"] for row in whole.of("entitlements")}
    assert "allocated" in {kinds.get((order["site_number"], order["part_number"], order["coverage_start"])) for _line, order in moved}


def test_a_reinstated_licence_had_lapsed(whole: Book) -> None:
    lapsed = grouped((line for line in whole.of("renewals") if line["status"] == "lapsed"),
                     lambda line: (line["reseller_site_number"], line["site_number"], family(whole.part(line))))
    checked = 0
    for line in whole.of("orders"):
        part = whole.part(line)
        if part["part_type"] != "reinstatement" or line["order_date"] < HISTORY + timedelta(400):
            continue
        before = lapsed[line["reseller_site_number"], line["site_number"], family(part)]
        assert any(timedelta(70) <= line["order_date"] - quoted["due_date"] <= timedelta(400) for quoted in before)
        checked += 1
    assert checked > 3


def test_the_prior_price_is_what_was_paid_for_the_same_part_a_year_before(whole: Book) -> None:
    paid = grouped(whole.of("orders"), lambda line: (line["reseller_site_number"], line["part_number"], line["coverage_end"]))
    checked = risen = 0
    for line in whole.of("renewals"):
        before = paid[line["reseller_site_number"], line["part_number"], line["due_date"] - DAY]
        if line["prior_unit_price"] is None:
            assert whole.part(line)["part_type"] == "renewal", "every other part renews itself"
            continue
        if before:
            assert line["prior_unit_price"] in {order["unit_price"] for order in before}
            checked += 1
        risen += line["unit_price"] > line["prior_unit_price"]
    assert checked > 0.9 * sum(line["prior_unit_price"] is not None for line in whole.of("renewals"))
    assert risen > 0.3 * checked


def test_renewals_are_priced_by_the_edition_of_their_coverage_start(whole: Book) -> None:
    listed = whole.by("prices", "part_number", "country", "currency", "price_level", "effective_from")
    editions = sorted({key[-1] for key in listed})
    exact = lower = 0
    for line in whole.of("renewals"):
        agreement = whole.agreement(line)
        if agreement is None or line["due_date"] < editions[0]:
            continue
        edition = max(start for start in editions if start <= line["due_date"])
        price = listed.get((line["part_number"], whole.site(line)["country"], line["currency"], agreement["price_level"], edition))
        if price is not None:
            assert line["unit_price"] <= price["unit_price"]
            exact, lower = exact + (line["unit_price"] == price["unit_price"]), lower + (line["unit_price"] < price["unit_price"])
    assert exact > 4 * lower > 0


def test_entitlements_are_what_was_ordered(whole: Book) -> None:
    def where(row: Row) -> tuple[Any, ...]:
        return row["reseller_site_number"], row["site_number"], row["part_number"], row["coverage_start"]

    ordered = grouped((line for line in whole.of("orders") if line["status"] != "cancelled"), where)
    returned = {(line["reseller_site_number"], line["site_number"], line["part_number"]) for line in whole.of("orders") if line["quantity"] < 0}
    checked = 0
    for row in whole.of("entitlements"):
        lines = ordered[where(row)]
        if row["coverage_end"] <= TODAY - timedelta(365) or whole.part(row)["part_type"] == "monthly" or where(row)[:3] in returned:
            continue  # of older coverage only what lapsed is kept, of monthly licences the last month; and some is partly given back
        assert sum((line["quantity"] for line in lines), Decimal(0)) == row["quantity"]
        assert {line["coverage_end"] for line in lines} == {row["coverage_end"]} or len(lines) > 1
        checked += 1
    assert checked > 2_000


def test_what_falls_due_is_what_was_covered_until_the_day_before(whole: Book) -> None:
    def total(found: list[Row]) -> Decimal:
        return sum((row["quantity"] for row in found), Decimal(0))

    monthly = {part["part_number"] for part in whole.of("parts") if part["part_type"] == "monthly"}
    ending = grouped((row for row in whole.of("entitlements") if row["part_number"] not in monthly),
                     lambda row: (row["reseller_site_number"], row["site_number"], row["coverage_end"] + DAY))
    due = grouped(whole.of("renewals"), lambda line: (line["reseller_site_number"], line["site_number"], line["due_date"]))
    ahead = {key for key in due.keys() | ending.keys() if TODAY < key[2] <= TODAY + timedelta(365)}
    assert len(ahead) > 300
    for key in ahead:
        assert total(due[key]) == total(ending[key]), key


def test_some_deploy_more_than_they_hold_and_not_everything_is_counted(whole: Book) -> None:
    running = [row for row in whole.of("entitlements") if row["coverage_start"] <= TODAY <= row["coverage_end"]]
    deployed = [row for row in running if row["deployed_quantity"] is not None]
    assert 0.5 * len(running) < len(deployed) < len(running)
    assert 0 < sum(row["deployed_quantity"] > row["quantity"] for row in deployed) < 0.15 * len(deployed)
    assert {row["kind"] for row in whole.of("entitlements")} == {"purchased", "renewed", "allocated", "future"}
    assert all((row["kind"] == "future") == (row["coverage_start"] > TODAY) for row in whole.of("entitlements"))


def test_a_service_is_where_its_dates_say(whole: Book) -> None:
    statuses = Counter()
    for row in whole.of("subscriptions"):
        service = whole.part(row)["part_type"] == "saas"
        status = row["fulfillment_status"]
        statuses[status] += service
        waits = status in ("ordered", "awaiting_form", "provisioning")
        assert (row["provisioned_on"] is None) == waits == (row["start"] is None) == (row["end"] is None)
        assert service or not waits
        if not waits:
            assert row["ordered_on"] <= row["provisioned_on"] == row["start"] < row["end"]
            assert status in ("active", "suspended") or row["end"] < TODAY
            assert status != "expired" or row["end"] < TODAY
            assert not service or (row["end"] + DAY).day == 1
    assert set(statuses) == {"ordered", "awaiting_form", "provisioning", "active", "suspended", "expired"}
    assert statuses["active"] > 0.6 * statuses.total()


def test_a_subscription_names_the_order_that_began_it(whole: Book) -> None:
    ordered = grouped(whole.of("orders"), lambda line: (line["reseller_site_number"], line["order_number"]))
    named = 0
    for row in whole.of("subscriptions"):
        if row["order_number"] is None:
            assert row["ordered_on"] < min(line["order_date"] for line in whole.of("orders")) + timedelta(2)
            continue
        lines = ordered[row["reseller_site_number"], row["order_number"]]
        assert any((line["part_number"], line["order_date"]) == (row["part_number"], row["ordered_on"]) for line in lines)
        named += 1
    assert named > 300


def test_use_lies_within_the_service_and_overage_is_what_exceeds_it(whole: Book) -> None:
    by_number = whole.by("subscriptions", "reseller_site_number", "subscription_number")
    suppressed = billed = 0
    for month in whole.of("usage"):
        service = by_number[month["reseller_site_number"], month["subscription_number"]]
        assert service["start"] <= month["period_start"] and month["period_end"] <= min(service["end"], TODAY)
        assert month["period_start"].day == 1 and (month["period_end"] + DAY) == dates.add_months(month["period_start"], 1)
        assert 0 <= month["overage_quantity"] <= month["used_quantity"]
        assert month["suppressed"] == (month["suppression_reason"] is not None)
        assert month["overage_quantity"] > 0 or not month["suppressed"]
        suppressed += month["suppressed"]
        billed += month["overage_quantity"] > 0 and not month["suppressed"]
    assert suppressed > 10 and billed > 10
    assert len({month["suppression_reason"] for month in whole.of("usage")}) == 4


def test_overage_that_is_not_suppressed_is_an_order_line_in_arrears(whole: Book) -> None:
    by_number = whole.by("subscriptions", "reseller_site_number", "subscription_number")
    expected: Counter[tuple[Any, ...]] = Counter()
    for month in whole.of("usage"):
        if month["overage_quantity"] > 0 and not month["suppressed"] and month["period_end"] + timedelta(10) <= TODAY:
            part = whole.part(by_number[month["reseller_site_number"], month["subscription_number"]])
            expected[month["reseller_site_number"], part["overage_part"], month["period_start"], month["period_end"], month["overage_quantity"]] += 1
    first = min(month["period_start"] for month in whole.of("usage"))
    found = Counter(
        (line["reseller_site_number"], line["part_number"], line["coverage_start"], line["coverage_end"], line["quantity"])
        for line in whole.of("orders") if whole.part(line)["part_type"] == "overage" and line["coverage_start"] >= first)
    assert found == expected and found.total() > 10


def test_a_form_is_complete_when_nobody_waits_for_it(whole: Book) -> None:
    by_number = whole.by("subscriptions", "reseller_site_number", "subscription_number")
    forms = grouped(whole.of("provisioning"), lambda row: (row["reseller_site_number"], row["subscription_number"]))
    awaited = 0
    for number, elements in forms.items():
        waits = by_number[number]["fulfillment_status"] == "awaiting_form"
        assert waits == any(row["required"] and row["value"] is None for row in elements)
        assert by_number[number]["fulfillment_status"] != "ordered"
        for row in elements:
            assert (row["value"] is None) == (row["submitted_on"] is None) == (row["submitted_by"] is None)
            assert row["submitted_on"] is None or by_number[number]["ordered_on"] <= row["submitted_on"] <= TODAY
        awaited += waits
    assert awaited == sum(row["fulfillment_status"] == "awaiting_form" for row in whole.of("subscriptions")) > 0


def test_people_are_invented_and_each_site_has_a_primary_contact(whole: Book) -> None:
    roles = grouped(whole.of("contacts"), lambda row: row["site_number"])
    assert roles.keys() == {row["site_number"] for row in whole.of("sites")}
    for found in roles.values():
        assert Counter(row["role"] for row in found)["primary"] == 1
    assert all(row["email"].endswith(".example") and row["email"].isascii() for row in whole.of("contacts"))
    assert {row["role"] for row in whole.of("contacts")} == {"primary", "technical", "administrative", "renewal", "billing"}


def test_account_managers_are_users_of_their_reseller_and_look_after_whole_customers(whole: Book) -> None:
    users = {(site, email) for email, _name, site, _role in CAST}
    managers = grouped(whole.of("assignments"), lambda row: row["reseller_site_number"])
    for reseller, found in managers.items():
        assert {(reseller, row["account_manager"]) for row in found} == {user for user in users if user[0] == reseller}
        owners = grouped(found, lambda row: whole.site(row)["agreement_number"] or row["site_number"])
        assert all(len({row["account_manager"] for row in rows}) == 1 for rows in owners.values())
        dealt = {line["site_number"] for line in whole.of("orders") if line["reseller_site_number"] == reseller}
        assert 0.6 * len(dealt) < len(dealt & {row["site_number"] for row in found}) < len(dealt), "some sites are nobody's"
    assert len(managers) == 3


def test_rates_are_those_that_the_central_bank_published(whole: Book) -> None:
    rates = whole.by("exchange_rates", "date", "currency")
    assert {currency for _day, currency in rates} == {"USD", "BRL", "MXN"}, "CLP, COP and PEN have none"
    assert rates[date(2026, 10, 30), "USD"]["rate"] == Decimal("1.1172") and rates[date(2026, 10, 30), "BRL"]["rate"] == Decimal("6.0692")
    assert min(day for day, _currency in rates) <= min(line["order_date"] for line in whole.of("orders"))
    assert max(day for day, _currency in rates) <= TODAY


def test_first_coverage_ends_where_the_date_engine_says(whole: Book) -> None:
    first = {agreement["agreement_number"]: agreement["first_order_date"] for agreement in whole.of("agreements")}
    checked: Counter[str] = Counter()
    for line in whole.of("orders"):
        kind, agreement = whole.part(line)["part_type"], whole.agreement(line)
        if line["coverage_start"] is None or agreement is None or line["quantity"] < 0:
            continue
        start, program = line["coverage_start"], agreement["program"]
        if kind in ("license", "trade_up"):
            if program == "PAX":
                expected = dates.express_coverage(start)
            else:
                anniversary = dates.first_anniversary(first[agreement["agreement_number"]]).value
                expected = dates.co_termination(start, anniversary, PERIOD_MONTHS)
        elif kind == "reinstatement" and program != "PAX":
            assert start == dates.reinstatement(line["order_date"]).value.start
            expected = dates.co_termination(start, dates.first_anniversary(first[agreement["agreement_number"]]).value, PERIOD_MONTHS)
        elif kind == "fixed_term":
            expected = dates.fixed_term(start)
        elif kind == "committed_term":
            expected = dates.committed_term(start)
        elif kind == "subscription":
            expected = dates.subscription(start)
        elif kind == "saas" and line["quote_number"] is None and line["order_date"] <= start:
            expected = dates.saas(start)
        elif kind == "renewal":
            expected = dates.support_renewal(start - DAY)
        else:
            continue
        assert line["coverage_end"] == expected.value.end, (kind, program, start)
        checked[f"{kind} {program}"] += 1
    assert min(checked["license PA"], checked["license PAX"], checked["renewal PA"], checked["saas PA"], checked["fixed_term PA"]) > 50
    assert checked["reinstatement PA"] > 5


def test_licences_of_an_agreement_are_renewed_at_its_anniversary(whole: Book) -> None:
    months: dict[str, set[tuple[int, int]]] = {}
    for line in whole.of("renewals"):
        agreement = whole.agreement(line)
        if agreement is not None and agreement["program"] != "PAX" and whole.part(line)["part_type"] == "renewal":
            months.setdefault(agreement["agreement_number"], set()).add((line["due_date"].month, line["due_date"].day))
            coming = dates.coming_anniversary(dates.first_anniversary(agreement["first_order_date"]).value, TODAY).value
            assert agreement["anniversary_date"] == coming
            assert months[agreement["agreement_number"]] == {(coming.month, coming.day)}
    assert len(months) > 100


@pytest.mark.parametrize("reseller", ["7000101", "7000202", "7000303"])
def test_every_reseller_has_of_everything(reseller: str, whole: Book) -> None:
    """What each primary contact must find: a distributor also reads along, a reseller has its own rows alone."""
    mine = {name: [row for row in whole.of(name) if row["reseller_site_number"] == reseller]
            for name in ("orders", "renewals", "entitlements", "subscriptions", "usage", "provisioning", "assignments")}
    assert all(mine.values())
    opened = [line for line in mine["renewals"] if line["status"] == "open"]
    assert any(line["due_date"] < TODAY for line in opened), "overdue"
    for least, most in ((0, 30), (31, 60), (61, 90), (91, 120), (121, 180)):
        assert any(least <= (line["due_date"] - TODAY).days <= most for line in opened)
    assert any(whole.part(line)["part_type"] == "committed_term" for line in opened)
    assert any(line["due_date"] > TODAY and line["prior_unit_price"] and line["unit_price"] > line["prior_unit_price"] for line in opened)
    assert any(month["suppressed"] for month in mine["usage"])
    waiting = Counter(row["fulfillment_status"] for row in mine["subscriptions"])
    assert waiting["active"] and waiting["ordered"] + waiting["awaiting_form"] + waiting["provisioning"]
