"""The closed sets of the data dictionary in the reader's language, and a value of a column as a person reads it."""

from __future__ import annotations

from typing import Any

from pao_core.locale import N_, _, formats

PROGRAMS = {"PA": N_("Passport Advantage"), "PAX": N_("Passport Advantage Express"), "ELA": N_("Enterprise license agreement")}
ORDER_TYPES = {"purchase": N_("Purchase"), "renewal": N_("Renewal"), "media": N_("Media"), "saas": N_("SaaS")}
PART_TYPES = {
    "license": N_("License with support"), "renewal": N_("Support renewal"), "reinstatement": N_("Reinstatement"),
    "trade_up": N_("Trade-up"), "subscription": N_("Subscription license"), "monthly": N_("Monthly license"),
    "fixed_term": N_("Fixed Term License"), "committed_term": N_("Committed Term License"), "saas": N_("SaaS"),
    "overage": N_("Overage"), "media": N_("Media"), "unknown": N_("Unknown"),
}
FAMILIES = {"software": N_("Software"), "saas": N_("SaaS and monthly")}
CUSTOMER_TYPES = {"commercial": N_("Commercial"), "academic": N_("Academic"), "government": N_("Government")}
SITE_ROLES = {"originating": N_("Originating site"), "additional": N_("Additional site"), "express": N_("Express site")}
RENEWAL_STATUSES = {"open": N_("Open"), "renewed": N_("Renewed"), "lapsed": N_("Lapsed"), "cancelled": N_("Cancelled")}
# Days from today to the due date, both ends included; ours, after domain.md 2.4.
DUE_BUCKETS = {
    "overdue": N_("Overdue"), "0-30": N_("0-30 days"), "31-60": N_("31-60 days"), "61-90": N_("61-90 days"), "91-120": N_("91-120 days"),
    "121-180": N_("121-180 days"), "later": N_("Later than 180 days"),
}
# Days from the due date to today, of lines that are late: what a report that looks back tells apart.
LATE_BUCKETS = {
    "late-181": N_("More than 180 days late"), "late-121-180": N_("121-180 days late"), "late-91-120": N_("91-120 days late"),
    "late-61-90": N_("61-90 days late"), "late-31-60": N_("31-60 days late"), "late-1-30": N_("1-30 days late"),
}
# In the order of the due date; a report's number of a bucket is its place here.
BUCKETS = {**LATE_BUCKETS, **DUE_BUCKETS}
# By the day on which the quote expires, its last; the fourteen days are ours.
QUOTE_STATES = {
    "expired": N_("Expired"), "expiring": N_("Expiring"), "valid": N_("Valid"), "undated": N_("Undated"),
}
DIRECTIONS = {"next": N_("Days ahead"), "last": N_("Days past")}
ENTITLEMENT_KINDS = {"purchased": N_("Purchased"), "renewed": N_("Renewed"), "allocated": N_("Allocated"), "future": N_("Future")}
# Of an entitlement on a day, and of what a customer holds of a product: ours, see customers/inventory.py.
ENTITLEMENT_STATES = {"active": N_("Active"), "future": N_("Future"), "followed": N_("Renewed"), "expired": N_("Expired")}
COVERAGE_STATES = {"covered": N_("Covered"), "partial": N_("Partly covered"), "lapsed": N_("Without support")}
FULFILLMENT_STATUSES = {
    "ordered": N_("Ordered"), "awaiting_form": N_("Awaiting form"), "provisioning": N_("Provisioning"), "active": N_("Active"),
    "suspended": N_("Suspended"), "expired": N_("Expired"),
}
# Whom a subscription waits for: ours, see saas/saas_fulfillment.py.
WAITED_FOR = {"vendor": N_("Vendor"), "customer": N_("Customer"), "reseller": N_("You"), "nobody": N_("Nobody")}
ELEMENT_STATES = {"answered": N_("Answered"), "missing": N_("Missing"), "open": N_("Open, not required")}
# Whether the price of an overage is known, and what it lacks.
OVERAGE_PRICES = {
    "listed": N_("Listed"), "unlisted": N_("Not listed on that day"), "no_level": N_("Agreement without a level"),
    "no_part": N_("No overage part"), "no_right": N_("Takes the right to price files"),
}
# What the use of a subscription speaks for at its end: ours, see renewals/subscription_updates.py.
END_CHOICES = {
    "grow": N_("Resize to more"), "keep": N_("Renew as it is"), "shrink": N_("Resize to less"), "stop": N_("Terminate or switch"),
    "unknown": N_("No use known"),
}
YES_NO = {"yes": N_("Yes"), "no": N_("No")}
# What the prices of an edition to come do to a renewal line, and by how much a price changes: ours, see renewals/price_notifications.py
# and prices/change.py.
PRICE_EFFECTS = {
    "rises": N_("Rises"), "falls": N_("Falls"), "same": N_("Same price"), "before": N_("Starts before"), "no_new_price": N_("No new price"),
    "no_price_now": N_("No price today"), "no_level": N_("No price level"), "no_edition": N_("No prices to come"),
}
PRICE_BANDS = {
    "down-10": N_("down more than 10%"), "down-5-10": N_("down 5-10%"), "down-0-5": N_("down 0-5%"), "same": N_("the same"),
    "up-0-3": N_("up 0-3%"), "up-3-6": N_("up 3-6%"), "up-6-10": N_("up 6-10%"), "up-10": N_("up more than 10%"),
}
PRICE_DIFFERENCES = {"new": N_("New"), "gone": N_("Gone"), "changed": N_("Changed"), "same": N_("Unchanged")}
PRICE_GAPS = {"time": N_("No price for a time"), "level": N_("No price at this level")}
BILLINGS = {"upfront": N_("Upfront"), "monthly": N_("Monthly"), "quarterly": N_("Quarterly"), "annual": N_("Annual")}
CONTACT_ROLES = {
    "primary": N_("Primary contact"), "technical": N_("Site technical contact"), "administrative": N_("Administrative contact"),
    "renewal": N_("S&S renewal contact"), "billing": N_("Billing contact"),
}
# Of the reseller's own site.
SITE_CONTACTS = {
    "primary": N_("Primary contact"), "technical": N_("Site technical contact"),
    "administrative": N_("Administrative / Proof of Entitlement contact"), "renewal": N_("S&S renewal contact"),
    "media": N_("S&S media shipping contact"), "billing": N_("Billing contact"),
}
# What a customer's timeline has: see customers/timeline.py.
TIMELINE_KINDS = {
    "ordered": N_("Ordered"), "renewed": N_("Renewed"), "lapsed": N_("Lapsed"), "coverage_began": N_("Coverage began"),
    "coverage_ended": N_("Coverage ended"), "subscription_ordered": N_("Subscription ordered"), "subscription_began": N_("Subscription began"),
    "subscription_ended": N_("Subscription ended"), "note": N_("Note"), "step": N_("Step planned"), "step_done": N_("Step done"),
}
AUDIT_OUTCOMES = {"done": N_("Done"), "refused": N_("Refused")}
USER_STATUSES = {"invited": N_("Invited"), "active": N_("Active"), "suspended": N_("Suspended")}
REQUEST_STATES = {"waiting": N_("Waiting"), "granted": N_("Granted"), "denied": N_("Denied")}
# By the name of the column or filter that holds them.
CLOSED_SETS: dict[str, dict[str, str]] = {
    "program": PROGRAMS, "order_type": ORDER_TYPES, "part_type": PART_TYPES, "family": FAMILIES, "customer_type": CUSTOMER_TYPES,
    "site_role": SITE_ROLES, "renewal_status": RENEWAL_STATUSES, "due": DUE_BUCKETS, "bucket": BUCKETS, "quote_state": QUOTE_STATES,
    "direction": DIRECTIONS,
    "entitlement_kind": ENTITLEMENT_KINDS, "entitlement_state": ENTITLEMENT_STATES, "coverage_state": COVERAGE_STATES,
    "waits_for": WAITED_FOR, "element_state": ELEMENT_STATES, "overage_price": OVERAGE_PRICES, "end_choice": END_CHOICES, "yes_no": YES_NO,
    "price_effect": PRICE_EFFECTS, "price_band": PRICE_BANDS, "difference_kind": PRICE_DIFFERENCES, "gap_kind": PRICE_GAPS,
    "fulfillment_status": FULFILLMENT_STATUSES, "billing": BILLINGS, "contact_role": CONTACT_ROLES,
    "site_contact": SITE_CONTACTS, "audit_outcome": AUDIT_OUTCOMES, "user_status": USER_STATUSES, "request_state": REQUEST_STATES,
    "timeline_kind": TIMELINE_KINDS,
}


def word(name: str, value: str) -> str:
    """The name of a value of a closed set; the value itself when the set has no such value or there is no such set."""
    return _(CLOSED_SETS.get(name, {}).get(value, value)) if value else value


def spoken(name: str, kind: str, value: Any) -> str:
    """A text value of the column `name` as a person reads it: countries and closed sets (named by the kind, else the column) by name."""
    if kind == "country":
        return formats.country(value)
    return word(kind if kind in CLOSED_SETS else name, str(value))
