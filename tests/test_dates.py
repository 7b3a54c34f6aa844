"""The renewal-date engine: the vectors of the domain, what holds for every day of two centuries, and a reason for every date."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pao_core import dates
from pao_core.config import PROJECT
from pao_core.dates import Period, Reckoned, Timeline
from pao_core.dates.rules import SAAS
from pao_core.locale import LANGUAGES, Refused, use
from pao_core.locale.words import PART_TYPES, PROGRAMS

DAY = timedelta(1)
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
lengths = st.integers(1, 36)
# Imported anniversaries are not always the first of a month.
anniversaries = st.one_of(days, days.map(lambda day: day.replace(day=1)))
part_types, programs = st.sampled_from(list(PART_TYPES)), st.sampled_from([None, *PROGRAMS])


def is_month_end(day: date) -> bool:
    return (day + DAY).day == 1


def months_apart(start: date, after: date) -> int:
    """Whole months from one first of a month to another."""
    assert start.day == after.day == 1
    return (after.year - start.year) * 12 + after.month - start.month


# -- the anniversary --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("first_order", "end", "anniversary"), [
    (date(2026, 3, 10), date(2027, 3, 31), date(2027, 4, 1)), (date(2026, 3, 1), date(2027, 2, 28), date(2027, 3, 1)),
    (date(2023, 3, 1), date(2024, 2, 29), date(2024, 3, 1)), (date(2026, 12, 31), date(2027, 12, 31), date(2028, 1, 1)),
    (date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)),
])
def test_the_first_term_has_twelve_full_months_and_the_anniversary_is_the_day_after(first_order: date, end: date, anniversary: date) -> None:
    assert dates.initial_term(first_order).value == Period(first_order, end)
    assert dates.first_anniversary(first_order).value == anniversary


@given(days)
def test_an_anniversary_is_the_first_of_a_month_twelve_to_thirteen_months_after_the_first_order(first_order: date) -> None:
    anniversary = dates.first_anniversary(first_order).value
    assert anniversary.day == 1
    begun = first_order.replace(day=1)
    assert months_apart(begun, anniversary) == (12 if first_order.day == 1 else 13)


@given(days, st.integers(0, 20_000))
def test_terms_follow_each_other_without_gap_or_overlap_and_hold_their_day(first_order: date, later: int) -> None:
    day = first_order + timedelta(later)
    term = dates.term_of(first_order, day).value
    assert term.start <= day <= term.end
    following = dates.term_of(first_order, term.after).value
    assert following.start == term.after
    assert (following.start.day, months_apart(following.start, following.after)) == (1, 12)
    assert term.start == first_order or dates.term_of(first_order, term.start - DAY).value.after == term.start


def test_there_is_no_term_before_the_first_order() -> None:
    with use("pt_BR"), pytest.raises(Refused, match="09/03/2026"):
        dates.term_of(date(2026, 3, 10), date(2026, 3, 9))


@given(days, days)
def test_the_coming_anniversary_is_the_first_on_or_after_a_day_and_its_own_at_an_anniversary(anniversary: date, day: date) -> None:
    coming = dates.coming_anniversary(anniversary, day).value
    assert day <= coming < day + timedelta(366)
    assert coming.month == anniversary.month
    assert coming.day == anniversary.day or (anniversary.day, coming.day) == (29, 28)
    assert dates.coming_anniversary(anniversary, coming).value == coming


def test_an_anniversary_on_the_leap_day_falls_on_the_28th_in_common_years_and_returns_to_the_29th() -> None:
    leap = date(2024, 2, 29)
    assert dates.coming_anniversary(leap, date(2025, 1, 1)).value == date(2025, 2, 28)
    assert dates.coming_anniversary(leap, date(2027, 3, 1)).value == date(2028, 2, 29)
    assert dates.coming_anniversary(leap, date(1999, 3, 1)).value == date(2000, 2, 29)
    assert dates.coming_anniversary(leap, date(2100, 1, 1)).value == date(2100, 2, 28)


# -- Passport Advantage Express ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("bought", "end"), [
    (date(2026, 3, 1), date(2027, 2, 28)), (date(2026, 3, 2), date(2027, 3, 31)), (date(2027, 2, 10), date(2028, 2, 29)),
    (date(2028, 2, 29), date(2029, 2, 28)), (date(2026, 12, 31), date(2027, 12, 31)),
])
def test_express_ends_with_the_month_of_the_purchase_next_year(bought: date, end: date) -> None:
    assert dates.express_coverage(bought).value == Period(bought, end)


@given(days)
def test_express_ends_on_a_month_end_twelve_to_thirteen_months_later(bought: date) -> None:
    period = dates.express_coverage(bought).value
    assert is_month_end(period.end)
    assert dates.add_months(bought, 12) <= period.after <= dates.add_months(bought, 13)


# -- co-termination and support ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("start", "anniversary", "end", "months"), [
    (date(2026, 11, 8), date(2020, 4, 1), date(2027, 3, 31), 5), (date(2026, 4, 1), date(2027, 4, 1), date(2027, 3, 31), 12),
    (date(2027, 3, 31), date(2020, 4, 1), date(2027, 3, 31), 1), (date(2026, 4, 2), date(2020, 4, 1), date(2027, 3, 31), 12),
    (date(2026, 11, 10), date(2025, 2, 14), date(2027, 2, 13), 4), (date(2027, 2, 28), date(2024, 2, 29), date(2028, 2, 28), 12),
])
def test_coverage_is_cut_at_the_anniversary_and_a_month_begun_counts_whole(start: date, anniversary: date, end: date, months: int) -> None:
    cut = dates.co_termination(start, anniversary)
    assert (cut.value, cut.months, cut.share) == (Period(start, end), months, Fraction(months, 12))


@given(days, anniversaries, st.integers(1, 12))
def test_cut_coverage_ends_the_day_before_an_anniversary_within_its_bounds(start: date, anniversary: date, least: int) -> None:
    cut = dates.co_termination(start, anniversary, least)
    after = cut.value.after
    assert start < after == dates.coming_anniversary(anniversary, after).value
    assert cut.months is not None and least <= cut.months < least + 12
    assert dates.add_months(after, -cut.months) <= start < dates.add_months(after, 1 - cut.months)
    assert cut.share == Fraction(cut.months, 12)
    if least == 1:
        assert dates.coming_anniversary(anniversary, start + DAY).value == after


def test_only_a_coverage_that_runs_on_speaks_of_a_shortest_one() -> None:
    spoken = "To the anniversary before it there would be less than 6 months."
    assert spoken in dates.co_termination(date(2026, 11, 10), date(2020, 4, 1), 6).words()
    assert spoken not in dates.co_termination(date(2026, 4, 1), date(2020, 4, 1), 6).words()
    assert spoken not in dates.co_termination(date(2026, 10, 1), date(2020, 4, 1), 6).words()


@pytest.mark.parametrize("least", [0, 13])
def test_no_first_coverage_may_be_asked_for_that_no_anniversary_gives(least: int) -> None:
    with pytest.raises(Refused, match=f"1 to 12 months, not {least}"):
        dates.co_termination(date(2026, 1, 1), date(2026, 4, 1), least)


@given(days, st.none() | anniversaries)
def test_renewed_support_tiles_with_the_coverage_before_and_after(coverage_end: date, anniversary: date | None) -> None:
    renewed = dates.support_renewal(coverage_end, anniversary)
    assert renewed.value.start == coverage_end + DAY
    assert timedelta(0) <= renewed.value.end - renewed.value.start <= timedelta(366)
    if anniversary:
        again = dates.support_renewal(renewed.value.end, anniversary)
        assert (again.months, again.share) == (12, 1)


@pytest.mark.parametrize(("start", "end"), [
    (date(2026, 11, 8), date(2027, 11, 7)), (date(2027, 3, 1), date(2028, 2, 29)), (date(2028, 3, 1), date(2029, 2, 28)),
    (date(2028, 2, 29), date(2029, 2, 28)), (date(2027, 2, 28), date(2028, 2, 27)), (date(2026, 1, 1), date(2026, 12, 31)),
])
def test_a_year_of_support_ends_the_day_before_the_same_day_and_loses_none_at_a_leap_day(start: date, end: date) -> None:
    assert dates.support_year(start).value == Period(start, end)


@given(days, st.none() | anniversaries)
def test_reinstated_support_begins_on_the_first_of_the_month_after_the_order(ordered: date, anniversary: date | None) -> None:
    begun = dates.reinstatement(ordered, anniversary)
    assert begun.value.start.day == 1
    assert timedelta(0) < begun.value.start - ordered <= timedelta(31)
    assert begun.value == dates.support_year(begun.value.start, anniversary).value


# -- terms ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("start", "months", "end"), [
    (date(2026, 1, 31), 13, date(2027, 2, 28)), (date(2026, 1, 28), 13, date(2027, 2, 27)), (date(2026, 5, 1), 36, date(2029, 4, 30)),
    (date(2027, 1, 30), 13, date(2028, 2, 29)), (date(2026, 3, 31), 15, date(2027, 6, 30)),
])
def test_a_subscription_ends_the_day_before_the_same_day_or_with_a_month_that_lacks_it(start: date, months: int, end: date) -> None:
    assert dates.subscription(start, months).value == Period(start, end)


@given(days, st.integers(12, 36))
def test_a_term_has_exactly_its_months(start: date, months: int) -> None:
    period = dates.subscription(start, months).value
    assert period == dates.committed_term(start, months).value
    same = dates.add_months(start, months)
    assert period.after == (same if same.day == start.day else same + DAY)
    assert dates.fixed_term(start).value == dates.subscription(start, 12).value


@given(days, lengths)
def test_a_monthly_license_and_saas_end_on_a_month_end_after_their_full_months(start: date, months: int) -> None:
    period = dates.saas(start, months).value
    assert period == dates.monthly(start, months).value
    assert (period.start, is_month_end(period.end)) == (start, True)
    full = start if start.day == 1 else start.replace(day=calendar.monthrange(start.year, start.month)[1]) + DAY
    assert months_apart(full, period.after) == months


@pytest.mark.parametrize(("term", "months", "bounds"), [
    (dates.subscription, 11, "12 to 36"), (dates.subscription, 37, "12 to 36"), (dates.monthly, 0, "1 to 36"), (dates.monthly, 37, "1 to 36"),
    (dates.committed_term, 0, "1 to 60"), (dates.committed_term, 61, "1 to 60"), (dates.saas, 0, "1 to 60"), (dates.saas, 61, "1 to 60"),
])
def test_a_term_that_is_not_offered_is_refused_with_its_bounds(term, months: int, bounds: str) -> None:
    with pytest.raises(Refused, match=f"{bounds} months, not {months}"):
        term(date(2026, 1, 1), months)


@given(days, days, anniversaries, lengths)
def test_who_begins_later_never_ends_earlier(one: date, other: date, anniversary: date, months: int) -> None:
    first, second = sorted((one, other))
    for period in (dates.initial_term, dates.express_coverage, dates.fixed_term, dates.reinstatement, dates.support_year,
                   lambda day: dates.saas(day, months), lambda day: dates.co_termination(day, anniversary),
                   lambda day: dates.committed_term(day, months)):
        assert period(first).value.end <= period(second).value.end


# -- before the due date ----------------------------------------------------------------------------------------------
def test_contacts_quote_and_order_come_before_the_due_date() -> None:
    due = date(2027, 4, 1)
    assert dates.renewal_timeline(due, "renewal").value == Timeline(date(2026, 12, 2), date(2027, 1, 1), date(2027, 1, 16), date(2027, 3, 31))
    assert dates.renewal_timeline(due, "fixed_term").value == Timeline(date(2026, 12, 2), date(2027, 1, 1), date(2027, 1, 11), date(2027, 3, 31))


@given(days, part_types)
def test_the_days_before_a_due_date_are_in_order(due: date, part_type: str) -> None:
    line = dates.renewal_timeline(due, part_type).value
    assert line.contacts < line.quote_from < line.quote_to < line.last_on_time == due - DAY


# -- why this date ----------------------------------------------------------------------------------------------------
@given(part_types, programs, st.none() | anniversaries, days, st.integers(-400, 400))
def test_a_line_by_the_rules_agrees_and_any_other_date_is_told_with_its_difference(
    part_type: str, program: str | None, anniversary: date | None, start: date, off: int,
) -> None:
    period = dates.coverage(part_type, program, start, anniversary)
    end = period.value.end if period else start + timedelta(364)
    for given_end in (end, None) if period else (end,):
        for due in (start, end + DAY):
            explained = dates.explain_due(part_type, program, anniversary, start, given_end, due)
            assert (explained.value.agrees, explained.value.expected) == (True, due)
    told = dates.explain_due(part_type, program, anniversary, start, end, end + DAY + timedelta(off))
    assert told.value.imported == end + DAY + timedelta(off)
    assert told.value.expected in (start, end + DAY)
    assert told.value.agrees is (told.value.imported in (start, end + DAY))
    away = min(abs(told.value.imported - day).days for day in (start, end + DAY))
    assert any(f"{away} day" in sentence for sentence in told.words()) or away == 0


def test_the_panel_says_why_a_line_is_due_and_where_the_anniversary_lies() -> None:
    told = dates.explain_due("renewal", "PA", date(2020, 4, 1), date(2025, 11, 8), date(2026, 11, 7), date(2026, 11, 8))
    assert told.words() == [
        "The coverage of this line ends on 07 Nov 2026; the renewal is due on the first day after it, 08 Nov 2026.",
        "The agreement's anniversary is 01 Apr; the due date is not on it.",
        "Coverage from the due date may be cut to end the day before the next anniversary, 01 Apr 2027.",
        "A month begun counts whole: 5 months, 5/12 of the price of a year.",
        "The imported due date, 08 Nov 2026, agrees.",
    ]


def test_a_differing_date_is_told_and_never_corrected() -> None:
    told = dates.explain_due("renewal", "PAX", None, date(2025, 11, 8), date(2026, 11, 7), date(2026, 11, 10))
    assert (told.value.imported, told.value.expected, told.value.agrees) == (date(2026, 11, 10), date(2026, 11, 8), False)
    assert told.words()[-1] == "The imported due date, 10 Nov 2026, is 2 days later. It stays as given."


def test_the_first_day_of_the_coverage_to_be_bought_is_a_due_date_too() -> None:
    told = dates.explain_due("renewal", "PA", date(2020, 4, 1), date(2027, 4, 1), date(2028, 3, 31), date(2027, 3, 31))
    assert (told.value.expected, told.value.agrees) == (date(2027, 4, 1), False)


@pytest.mark.parametrize(("part_type", "end", "usual"), [
    ("subscription", date(2027, 1, 9), True), ("subscription", date(2027, 1, 8), False), ("subscription", date(2029, 1, 9), True),
    ("subscription", date(2029, 2, 9), False), ("fixed_term", date(2027, 1, 9), True), ("fixed_term", date(2028, 1, 9), False),
    ("monthly", date(2026, 2, 9), True), ("monthly", date(2026, 2, 8), False), ("committed_term", date(2029, 1, 9), True),
    ("saas", date(2026, 12, 31), True), ("saas", date(2026, 12, 30), False),
])
def test_a_coverage_unlike_its_type_is_called_unusual(part_type: str, end: date, usual: bool) -> None:
    told = dates.explain_due(part_type, "PA", None, date(2026, 1, 10), end, end + DAY)
    assert ("That is not usual; the imported dates stay as given." in told.words()) is not usual
    assert told.value.agrees is True


def test_an_unknown_type_without_an_end_has_no_date_to_compare_with() -> None:
    told = dates.explain_due("unknown", None, None, date(2026, 1, 1), None, date(2026, 5, 1))
    assert (told.value.expected, told.value.agrees) == (None, None)
    assert told.words()[-1] == "The imported due date, 01 May 2026, stays as given."
    assert dates.explain_due("unknown", None, None, date(2026, 1, 1), None, date(2026, 1, 1)).value.agrees is True


@pytest.mark.parametrize(("part_type", "program", "end"), [
    ("license", "PAX", date(2027, 3, 31)), ("license", "PA", date(2026, 6, 30)), ("trade_up", None, date(2026, 6, 30)),
    ("subscription", "PAX", date(2027, 3, 9)), ("committed_term", "PA", date(2027, 3, 9)), ("fixed_term", "PA", date(2027, 3, 9)),
    ("monthly", "PA", date(2027, 3, 31)), ("saas", "ELA", date(2027, 3, 31)), ("media", "PA", None), ("overage", "PA", None),
])
def test_the_type_of_the_part_and_the_programme_say_how_far_a_coverage_runs(part_type: str, program: str | None, end: date | None) -> None:
    covered = dates.coverage(part_type, program, date(2026, 3, 10), date(2020, 7, 1))
    assert (covered.value.end if covered else None) == end


@given(part_types, programs, st.none() | st.dates(), st.dates(), st.none() | st.dates(), st.dates())
def test_whatever_dates_are_imported_they_are_explained_or_said_to_be_too_far_off(
    part_type: str, program: str | None, anniversary: date | None, start: date, end: date | None, due: date,
) -> None:
    told = dates.explain_due(part_type, program, anniversary, start, end, due)
    assert told.value.imported == due
    assert told.words()


@pytest.mark.parametrize("far", [date.min, date(9998, 12, 31)])
def test_a_date_of_no_business_is_said_to_be_too_far_off(far: date) -> None:
    told = dates.explain_due("renewal", "PA", date(2020, 4, 1), far, None, far)
    assert (told.value.agrees, told.words()) == (None, ["A date of this line is too far off to reckon with; all stay as given."])


def test_coverage_until_the_end_of_all_days_counts_as_having_none() -> None:
    told = dates.explain_due("renewal", "PA", date(2020, 4, 1), date(2026, 4, 1), date.max, date(2027, 4, 1))
    assert told.value.agrees is True


# -- a reason for every rule ------------------------------------------------------------------------------------------
def reckonings() -> Iterator[Reckoned]:
    """At least one for every sentence that the engine can say."""
    day, first, leap = date(2026, 11, 10), date(2026, 4, 1), date(2024, 2, 29)
    yield from (dates.term_of(day, date(2029, 1, 1)), dates.coming_anniversary(leap, day), dates.co_termination(day, first, 6))
    yield from (dates.express_coverage(day), dates.express_coverage(first), dates.support_renewal(day, first), dates.support_renewal(day))
    yield from (dates.reinstatement(day), dates.support_year(leap), dates.subscription(day), dates.fixed_term(day), dates.committed_term(day))
    yield from (dates.monthly(day, 1), dates.monthly(first, 2), dates.saas(day), dates.renewal_timeline(day, "renewal"))
    yield from (dates.renewal_timeline(day, "fixed_term"), dates.explain_due("renewal", "PA", first, date.min, None, day))
    for part_type in PART_TYPES:
        for end in (None, date(2027, 11, 9), date(2027, 11, 30), date(2031, 1, 5)):
            for due in (day, day + DAY, date(2027, 11, 9), date(2027, 11, 10), date(2027, 12, 3)):
                for program, anniversary in (("PA", date(2020, 11, 10)), ("PA", leap), ("PA", None), ("PAX", None)):
                    yield dates.explain_due(part_type, program, anniversary, day, end, due)


def test_every_rule_has_a_reason_in_words_in_three_languages() -> None:
    steps = {(step.rule, step.template): step for reckoned in reckonings() for step in reckoned.steps}
    assert {rule for rule, _template in steps} == set(dates.RULES)
    for language in LANGUAGES:
        with use(language):
            for step in steps.values():
                for words in (step.words(), step.rule.words()):
                    assert words and not set("{}") & set(words)


def test_a_step_says_its_dates_in_the_readers_language() -> None:
    with use("pt_BR"):
        assert "31/03/2027" in dates.initial_term(date(2026, 3, 10)).words()[0]
    assert (SAAS.words(), SAAS.mark, SAAS.is_ours) == ("SaaS period: source S42", "[S42]", False)


def test_the_document_lists_every_rule_with_its_source() -> None:
    written = (PROJECT / "docs" / "renewal-dates.md").read_text()
    for rule in dates.RULES:
        assert f"| {rule.name} | {rule.mark} |" in written
