"""The rules of dates, and what a reckoning by them gives: its value and the steps to it, in words.

A rule's `source` is a number of the list in docs/renewal-dates.md; OURS marks what no public text says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Generic, TypeVar

from pao_core.dates.months import DAY
from pao_core.locale import N_, _, formats, ngettext
from pao_core.locale.words import word

Value = TypeVar("Value")
OURS = "I"


@dataclass(frozen=True)
class Rule:
    """What a step goes by: the rule's name, and where it is from."""

    name: str
    source: str

    @property
    def is_ours(self) -> bool:
        """Whether it is our own reading."""
        return self.source == OURS

    @property
    def mark(self) -> str:
        """The source as the documents write it: [S22], or [I] for our own."""
        return f"[{self.source}]"

    def words(self) -> str:
        """The name and the source in the reader's language."""
        if self.is_ours:
            return _("{rule}: our own reading", rule=_(self.name))
        return _("{rule}: source {source}", rule=_(self.name), source=self.source)


INITIAL_TERM = Rule(N_("Initial term"), "S31")
ANNIVERSARY = Rule(N_("Anniversary"), "S22")
LEAP_ANNIVERSARY = Rule(N_("Anniversary on 29 February"), OURS)
CO_TERMINATION = Rule(N_("Co-termination"), "S8")
WHOLE_MONTHS = Rule(N_("Proration by whole months"), OURS)
LEAST_MONTHS = Rule(N_("Shortest first coverage"), OURS)
EXPRESS = Rule(N_("Passport Advantage Express coverage"), "S10")
EXPRESS_ON_A_FIRST = Rule(N_("Express bought on the first of a month"), OURS)
EXPRESS_OWN_DATE = Rule(N_("Express has no anniversary"), "S17")
SUPPORT_YEAR = Rule(N_("Annual support renewal"), "S36")
REINSTATEMENT = Rule(N_("Start of a reinstatement"), OURS)
SUBSCRIPTION = Rule(N_("Subscription license"), "S12")
FIXED_TERM = Rule(N_("Fixed Term License"), "S12")
COMMITTED_TERM = Rule(N_("Length of a committed term"), OURS)
MONTHLY = Rule(N_("Monthly license"), "S12")
SAAS = Rule(N_("SaaS period"), "S42")
TERM_END = Rule(N_("End of a term of months"), OURS)
FULL_MONTHS = Rule(N_("Full months to a month end"), OURS)
USUAL_LENGTH = Rule(N_("Length of a term that gives none"), OURS)
CONTACTS = Rule(N_("Contact verification"), "S10")
QUOTE = Rule(N_("Renewal quote"), "S46")
FIXED_TERM_QUOTE = Rule(N_("Renewal quote of a fixed term"), "S39")
ON_TIME = Rule(N_("Renewed on time"), "S47")
DUE_DATE = Rule(N_("Due date"), OURS)
AS_GIVEN = Rule(N_("Imported dates stay as given"), OURS)
RULES = (
    INITIAL_TERM, ANNIVERSARY, LEAP_ANNIVERSARY, CO_TERMINATION, WHOLE_MONTHS, LEAST_MONTHS, EXPRESS, EXPRESS_ON_A_FIRST, EXPRESS_OWN_DATE,
    SUPPORT_YEAR, REINSTATEMENT, SUBSCRIPTION, FIXED_TERM, COMMITTED_TERM, MONTHLY, SAAS, TERM_END, FULL_MONTHS, USUAL_LENGTH,
    CONTACTS, QUOTE, FIXED_TERM_QUOTE, ON_TIME, DUE_DATE, AS_GIVEN,
)


@dataclass(frozen=True)
class Months:
    """A number of months, as a fact of a step."""

    count: int

    def __str__(self) -> str:
        return ngettext("{count} month", "{count} months", self.count)


@dataclass(frozen=True)
class Days:
    """A number of days, as a fact of a step."""

    count: int

    def __str__(self) -> str:
        return ngettext("{count} day", "{count} days", self.count)


@dataclass(frozen=True)
class Yearly:
    """A day that returns every year, as a fact of a step."""

    day: date

    def __str__(self) -> str:
        return formats.month_day(f"{self.day:%m-%d}")


@dataclass(frozen=True)
class PartType:
    """A type of parts, as a fact of a step."""

    code: str

    def __str__(self) -> str:
        return word("part_type", self.code)


Fact = date | Months | Days | Yearly | PartType | Fraction | str | int


@dataclass(frozen=True)
class Step:
    """One step of a reckoning: an English template marked with N_, its facts, and the rule that it goes by."""

    rule: Rule
    template: str
    facts: Mapping[str, Fact]

    def words(self) -> str:
        """The step as a sentence in the reader's language."""
        return _(self.template, **{name: formats.day(fact) if isinstance(fact, date) else fact for name, fact in self.facts.items()})


def step(rule: Rule, template: str, /, **facts: Fact) -> Step:
    """A step by a rule."""
    return Step(rule, template, facts)


@dataclass(frozen=True)
class Period:
    """Days that are covered, both inclusive."""

    start: date
    end: date

    @property
    def after(self) -> date:
        """The first day that is no longer covered: the renewal date."""
        return self.end + DAY


@dataclass(frozen=True)
class Reckoned(Generic[Value]):
    """What the rules give, and the steps to it. Where it is prorated: the months counted, and their share of a year's price."""

    value: Value
    steps: tuple[Step, ...]
    months: int | None = None
    share: Fraction | None = None

    def words(self) -> list[str]:
        """The steps as sentences in the reader's language."""
        return [one.words() for one in self.steps]
