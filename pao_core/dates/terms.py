"""Terms and coverage: from a first day to the last, by type of part; every function gives the reasoning with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from pao_core.dates import rules
from pao_core.dates.months import DAY, YEAR, add_months, first_of_next_month, full_months_end, months_begun, term_end
from pao_core.dates.rules import Days, Months, Period, Reckoned, Step, Yearly, step
from pao_core.locale import N_, Refused, formats

# Least and most months of a term; that of committed terms and SaaS is not public: ours.
SUBSCRIPTION_MONTHS = (12, 36)
MONTHLY_MONTHS = (1, 36)
COMMITTED_MONTHS = SAAS_MONTHS = (1, 60)
CONTACT_DAYS = 120
QUOTE_DAYS, FIXED_TERM_QUOTE_DAYS = (90, 75), (90, 80)


def initial_term(first_order: date) -> Reckoned[Period]:
    """The first term of an agreement: from its first order to the last day of the 12th full month thereafter."""
    end = full_months_end(first_order, YEAR)
    return Reckoned(Period(first_order, end), (
        step(rules.INITIAL_TERM, N_("The first term runs from the first order, {start}, to the last day of the 12th full month after it, {end}."),
             start=first_order, end=end),))


def first_anniversary(first_order: date) -> Reckoned[date]:
    """The first day of the month after the first term: always the first of a month."""
    term = initial_term(first_order)
    return Reckoned(term.value.after, (
        *term.steps, step(rules.ANNIVERSARY, N_("The anniversary is the first day after that term: {anniversary}."), anniversary=term.value.after)))


def term_of(first_order: date, day: date) -> Reckoned[Period]:
    """The term that holds `day`: the first one, or 12 months from an anniversary on. Raises Refused for a day before the first order."""
    if day < first_order:
        raise Refused(N_("{day} is before the first order, {first_order}. Give a later day."), day=formats.day(day),
                      first_order=formats.day(first_order))
    first = initial_term(first_order)
    if day <= first.value.end:
        return first
    anniversary = first_anniversary(first_order)
    begun = (day.year - anniversary.value.year) - ((day.month, day.day) < (anniversary.value.month, anniversary.value.day))
    start = add_months(anniversary.value, begun * YEAR)
    period = Period(start, term_end(start, YEAR))
    return Reckoned(period, (*anniversary.steps, step(
        rules.ANNIVERSARY, N_("Each later term runs 12 months from an anniversary: {start} to {end}."), start=period.start, end=period.end)))


def coming_anniversary(anniversary: date, day: date) -> Reckoned[date]:
    """The anniversary on or after `day`, from any date of it; one on 29 February falls on the 28th in common years."""
    coming = next(found for found in (add_months(anniversary, (year - anniversary.year) * YEAR) for year in (day.year, day.year + 1)) if found >= day)
    steps = [step(rules.ANNIVERSARY, N_("The anniversary, {anniversary}, returns every 12 months; the first from {day} on is {coming}."),
                  anniversary=Yearly(anniversary), day=day, coming=coming)]
    if coming.day != anniversary.day:
        steps.append(step(rules.LEAP_ANNIVERSARY, N_("{year} has no 29 February, so the anniversary falls on the 28th."), year=str(coming.year)))
    return Reckoned(coming, tuple(steps))


def co_termination(start: date, anniversary: date, least_months: int = 1) -> Reckoned[Period]:
    """Coverage cut to end the day before the next anniversary, prorated by whole months, a month begun counting whole.

    One that would be shorter than `least_months` (1 to 12) runs on to the anniversary after, so it has `least_months` to
    `least_months` + 11 months. Raises Refused for another `least_months`.
    """
    _within(least_months, (1, YEAR))
    coming = coming_anniversary(anniversary, start + DAY)
    runs_on = months_begun(start, coming.value) < least_months
    if runs_on:
        coming = coming_anniversary(anniversary, coming.value + DAY)
    period = Period(start, coming.value - DAY)
    months = months_begun(start, coming.value)
    steps = [*coming.steps]
    if runs_on:
        steps.append(step(rules.LEAST_MONTHS, N_("To the anniversary before it there would be less than {least}."), least=Months(least_months)))
    steps += [step(rules.CO_TERMINATION, N_("Coverage from {start} ends the day before that anniversary, {end}."), start=start, end=period.end),
              prorated(months)]
    return Reckoned(period, tuple(steps), months, Fraction(months, YEAR))


def prorated(months: int) -> Step:
    """The step that says how much of a year's price so many months cost."""
    return step(rules.WHOLE_MONTHS, N_("A month begun counts whole: {months}, {share} of the price of a year."),
                months=Months(months), share=f"{months}/{YEAR}")


def express_coverage(bought: date) -> Reckoned[Period]:
    """Passport Advantage Express: from the purchase to the last day of the same month next year; from a first, 12 full months."""
    period = Period(bought, full_months_end(bought, YEAR))
    if bought.day == 1:
        return Reckoned(period, (step(
            rules.EXPRESS_ON_A_FIRST, N_("Express coverage that begins on the first of a month has 12 full months: {start} to {end}."),
            start=period.start, end=period.end),))
    return Reckoned(period, (step(
        rules.EXPRESS, N_("Express coverage begins at the purchase, {start}, and ends on the last day of the same month next year, {end}."),
        start=period.start, end=period.end),))


def support_year(start: date, anniversary: date | None = None) -> Reckoned[Period]:
    """A year of support, as a license brings it; with an anniversary it is cut to end the day before the next one."""
    year = co_termination(start, anniversary) if anniversary else _months_from(start, YEAR)
    return _after(year, step(rules.SUPPORT_YEAR, N_("Support runs a year at a time, here from {start}."), start=start))


def support_renewal(coverage_end: date, anniversary: date | None = None) -> Reckoned[Period]:
    """The year of support after a coverage."""
    start = coverage_end + DAY
    return _after(support_year(start, anniversary), step(
        rules.SUPPORT_YEAR, N_("Renewed support begins on the day after the coverage that ends on {ended}: {start}."),
        ended=coverage_end, start=start))


def reinstatement(ordered: date, anniversary: date | None = None) -> Reckoned[Period]:
    """The year of support that begins again after a lapse, on the first day of the month after the order."""
    start = first_of_next_month(ordered)
    return _after(support_year(start, anniversary), step(
        rules.REINSTATEMENT, N_("Lapsed support that is ordered again on {ordered} begins on the first day of the next month, {start}."),
        ordered=ordered, start=start))


def _after(reckoned: Reckoned[Period], first: Step) -> Reckoned[Period]:
    return replace(reckoned, steps=(first, *reckoned.steps))


def _months_from(start: date, months: int, *before: Step) -> Reckoned[Period]:
    end = term_end(start, months)
    if (end + DAY).day == start.day:
        last = step(rules.TERM_END, N_("{months} from {start} end the day before the same day of the month: {end}."),
                    months=Months(months), start=start, end=end)
    else:
        last = step(rules.TERM_END, N_("{months} from {start} end on the last day of a month that has no day {day}: {end}."),
                    months=Months(months), start=start, day=start.day, end=end)
    return Reckoned(Period(start, end), (*before, last))


def subscription(start: date, months: int = YEAR) -> Reckoned[Period]:
    """A subscription license: 12 to 36 months, not terminable. Raises Refused for another length."""
    return _months_from(start, _within(months, SUBSCRIPTION_MONTHS), step(
        rules.SUBSCRIPTION, N_("A subscription license runs 12 to 36 months and cannot be ended earlier.")))


def fixed_term(start: date) -> Reckoned[Period]:
    """A fixed term license: 12 months, renewed for 12 more."""
    return _months_from(start, YEAR, step(rules.FIXED_TERM, N_("A fixed term license runs 12 months and is renewed for 12 more.")))


def committed_term(start: date, months: int = YEAR) -> Reckoned[Period]:
    """A committed term license. Its length is not public; 12 months and the bounds are ours. Raises Refused beyond them."""
    return _months_from(start, _within(months, COMMITTED_MONTHS), step(
        rules.COMMITTED_TERM, N_("How long a committed term runs is not public; here it is {months}."), months=Months(months)))


def monthly(start: date, months: int) -> Reckoned[Period]:
    """A monthly license: 1 to 36 full months to the end of a month. Raises Refused for another length."""
    return _full_months(start, _within(months, MONTHLY_MONTHS), step(rules.MONTHLY, N_("A monthly license runs 1 to 36 months.")))


def saas(ready: date, months: int = YEAR) -> Reckoned[Period]:
    """SaaS: from the day on which access is ready, so many full months to the end of a month; the bounds of its length are ours."""
    return _full_months(ready, _within(months, SAAS_MONTHS), step(
        rules.SAAS, N_("SaaS begins when access is ready, on {start}, and ends on the last day of a month."), start=ready))


def _full_months(start: date, months: int, before: Step) -> Reckoned[Period]:
    end = full_months_end(start, months)
    if start.day == 1:
        last = step(rules.FULL_MONTHS, N_("{months} from {start} end on {end}."), months=Months(months), start=start, end=end)
    else:
        last = step(rules.FULL_MONTHS, N_("The rest of the first month comes on top of {months}, so it ends on {end}."),
                    months=Months(months), end=end)
    return Reckoned(Period(start, end), (before, last))


def _within(months: int, bounds: tuple[int, int]) -> int:
    least, most = bounds
    if not least <= months <= most:
        raise Refused(N_("Give a term of {least} to {most} months, not {months}."), least=least, most=most, months=months)
    return months


@dataclass(frozen=True)
class Timeline:
    """The days on which a renewal moves: contacts are verified, the quote comes between two days, the last day that is on time."""

    contacts: date
    quote_from: date
    quote_to: date
    last_on_time: date


def renewal_timeline(due: date, part_type: str) -> Reckoned[Timeline]:
    """The days before a due date; the quote of a fixed term comes a little earlier than others."""
    is_fixed = part_type == "fixed_term"
    first, last = FIXED_TERM_QUOTE_DAYS if is_fixed else QUOTE_DAYS
    line = Timeline(*(due - timedelta(days) for days in (CONTACT_DAYS, first, last, 1)))
    return Reckoned(line, (
        step(rules.CONTACTS, N_("About {days} before the due date, on {day}, contacts are verified."), days=Days(CONTACT_DAYS), day=line.contacts),
        step(rules.FIXED_TERM_QUOTE if is_fixed else rules.QUOTE, N_("The renewal quote comes {most} to {days} before: from {first} to {last}."),
             most=first, days=Days(last), first=line.quote_from, last=line.quote_to),
        step(rules.ON_TIME, N_("On time is an order before the due date {due}: at the latest on {last}."), due=due, last=line.last_on_time)))
