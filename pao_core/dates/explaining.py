"""Why a renewal line is due when it is: what the rules give beside what was imported. The imported date is never corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from pao_core.dates import rules, terms
from pao_core.dates.months import DAY, YEAR, is_month_end, months_begun, months_full
from pao_core.dates.rules import Days, Months, PartType, Period, Reckoned, Rule, Step, Yearly, step
from pao_core.locale import N_

# What is support, and so goes by the agreement's anniversary.
SUPPORT = ("license", "renewal", "reinstatement", "trade_up")
EXPRESS = "PAX"
# Beyond these a year is a stand-in for "never" or a slip of the pen.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
TERMS: dict[str, Callable[[date, int], Reckoned[Period]]] = {
    "subscription": terms.subscription, "fixed_term": lambda start, _months: terms.fixed_term(start), "committed_term": terms.committed_term,
    "monthly": terms.monthly, "saas": terms.saas,
}
LENGTHS: dict[str, tuple[Rule, tuple[int, int], str]] = {
    "subscription": (rules.SUBSCRIPTION, terms.SUBSCRIPTION_MONTHS,
                     N_("A subscription license runs 12 to 36 months and cannot be ended earlier; this coverage has {months}.")),
    "fixed_term": (rules.FIXED_TERM, (YEAR, YEAR), N_("A fixed term license runs 12 months and is renewed for 12 more; this coverage has {months}.")),
    "committed_term": (rules.COMMITTED_TERM, terms.COMMITTED_MONTHS, N_("How long a committed term runs is not public; this coverage has {months}.")),
    "monthly": (rules.MONTHLY, terms.MONTHLY_MONTHS, N_("A monthly license runs 1 to 36 months; this coverage has {months}.")),
}


@dataclass(frozen=True)
class Due:
    """An imported due date, and the one that the rules give; None where they give none."""

    imported: date
    expected: date | None

    @property
    def agrees(self) -> bool | None:
        """Whether they are the same day; None when there is nothing to compare with."""
        return None if self.expected is None else self.imported == self.expected


def coverage(part_type: str, program: str | None, start: date, anniversary: date | None = None) -> Reckoned[Period] | None:
    """The coverage that begins on `start` by type of part and programme, a term taken as 12 months; None for parts without one."""
    if part_type in TERMS:
        term = TERMS[part_type](start, YEAR)
        if part_type == "fixed_term":
            return term
        return replace(term, steps=(
            step(rules.USUAL_LENGTH, N_("How long the term runs is not given; {months} are taken."), months=Months(YEAR)), *term.steps))
    if part_type not in SUPPORT:
        return None
    return terms.express_coverage(start) if program == EXPRESS else terms.support_year(start, anniversary)


def explain_due(
    part_type: str, program: str | None, anniversary: date | None, coverage_start: date, coverage_end: date | None, due_date: date,
) -> Reckoned[Due]:
    """Why the line is due on `due_date`, and whether the rules say the same.

    A line carries the coverage that ends or the one to be bought: the renewal is due on the first day after the former, or
    on the first day of the latter; the nearer of the two is meant. Without an end of coverage the rules give one.
    """
    if coverage_end and coverage_end > LAST_DAY:
        coverage_end = None
    if not all(FIRST_DAY <= day <= LAST_DAY for day in (coverage_start, coverage_end, due_date, anniversary) if day):
        too_far = step(rules.AS_GIVEN, N_("A date of this line is too far off to reckon with; all stay as given."))
        return Reckoned(Due(due_date, None), (too_far,))
    expected, reasons = _expected(part_type, program, anniversary, coverage_start, coverage_end, due_date)
    return Reckoned(Due(due_date, expected), (
        *reasons, *_alignment(part_type, program, anniversary, due_date), *_length(part_type, coverage_start, coverage_end),
        _verdict(due_date, expected)))


def _expected(
    part_type: str, program: str | None, anniversary: date | None, start: date, end: date | None, due: date,
) -> tuple[date | None, tuple[Step, ...]]:
    found = None if end else coverage(part_type, program, start, anniversary)
    after = end + DAY if end else found.value.after if found else None
    if due == start or (after and abs(due - start) <= abs(due - after)):
        return start, (step(rules.DUE_DATE, N_("The coverage of this line begins on {start}; the renewal is due on that day."), start=start),)
    if after is None:
        return None, (step(rules.DUE_DATE, N_("This line gives no end of coverage, and the rules give none for its type.")),)
    if found is None:
        return after, (step(rules.DUE_DATE, N_("The coverage of this line ends on {end}; the renewal is due on the first day after it, {expected}."),
                            end=after - DAY, expected=after),)
    return after, (*found.steps, step(
        rules.DUE_DATE, N_("This line gives no end of coverage. By these rules it is {end}, and the renewal is due on the day after, {expected}."),
        end=after - DAY, expected=after))


def _alignment(part_type: str, program: str | None, anniversary: date | None, due: date) -> tuple[Step, ...]:
    """What the agreement's anniversary says about the due date of support."""
    if part_type not in SUPPORT:
        return ()
    if program == EXPRESS:
        return (step(rules.EXPRESS_OWN_DATE, N_("Passport Advantage Express has no anniversary: each purchase keeps its own date.")),)
    if anniversary is None:
        return (step(rules.ANNIVERSARY, N_("The agreement has no anniversary on file to compare with.")),)
    coming = terms.coming_anniversary(anniversary, due)
    _returns, *leap = coming.steps
    yearly = Yearly(anniversary)
    if coming.value == due:
        return (step(rules.ANNIVERSARY, N_("The due date is the agreement's anniversary, {anniversary}."), anniversary=yearly), *leap)
    return (
        step(rules.ANNIVERSARY, N_("The agreement's anniversary is {anniversary}; the due date is not on it."), anniversary=yearly), *leap,
        step(rules.CO_TERMINATION, N_("Coverage from the due date may be cut to end the day before the next anniversary, {coming}."),
             coming=coming.value),
        terms.prorated(months_begun(due, coming.value)))


def _length(part_type: str, start: date, end: date | None) -> tuple[Step, ...]:
    """What the type of the part says about the length or the end of this coverage."""
    if part_type not in SUPPORT and part_type not in TERMS:
        return (step(rules.DUE_DATE, N_("Parts of the type {part_type} have no term of their own."), part_type=PartType(part_type)),)
    if end is None or part_type in SUPPORT:
        return ()
    unusual = step(rules.AS_GIVEN, N_("That is not usual; the imported dates stay as given."))
    if part_type == "saas":
        if is_month_end(end):
            return (step(rules.SAAS, N_("SaaS coverage ends on the last day of a month, as this one does.")),)
        return step(rules.SAAS, N_("SaaS coverage ends on the last day of a month; this one ends on {end}."), end=end), unusual
    rule, (least, most), template = LENGTHS[part_type]
    months = months_full(start, end + DAY)
    said = step(rule, template, months=Months(months))
    return (said,) if least <= months <= most else (said, unusual)


def _verdict(due: date, expected: date | None) -> Step:
    if expected is None:
        return step(rules.AS_GIVEN, N_("The imported due date, {due}, stays as given."), due=due)
    days = (due - expected).days
    if not days:
        return step(rules.AS_GIVEN, N_("The imported due date, {due}, agrees."), due=due)
    late, early = (N_("The imported due date, {due}, is {days} later. It stays as given."),
                   N_("The imported due date, {due}, is {days} earlier. It stays as given."))
    return step(rules.AS_GIVEN, late if days > 0 else early, due=due, days=Days(abs(days)))
