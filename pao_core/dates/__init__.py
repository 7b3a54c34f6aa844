"""Business days and the renewal-date engine: which date follows from which, by which rule, and why, in words."""

from pao_core.dates.explaining import Due, coverage, explain_due
from pao_core.dates.months import add_months, between_month_days, parse_month_day
from pao_core.dates.rules import RULES, Period, Reckoned, Rule, Step
from pao_core.dates.terms import (
    Timeline,
    co_termination,
    coming_anniversary,
    committed_term,
    express_coverage,
    first_anniversary,
    fixed_term,
    initial_term,
    monthly,
    reinstatement,
    renewal_timeline,
    saas,
    subscription,
    support_renewal,
    support_year,
    term_of,
)

__all__ = [
    "RULES", "Due", "Period", "Reckoned", "Rule", "Step", "Timeline", "add_months", "between_month_days", "co_termination", "coming_anniversary",
    "committed_term", "coverage", "explain_due", "express_coverage", "first_anniversary", "fixed_term", "initial_term", "monthly", "parse_month_day",
    "reinstatement", "renewal_timeline", "saas", "subscription", "support_renewal", "support_year", "term_of",
]
