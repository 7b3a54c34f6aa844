"""An entry of the audit in the reader's words: what it is called, what it changed field by field, why it was refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pao_core.access.people.names import shown
from pao_core.access.people.requests import FORMS
from pao_core.access.people.users import STATUSES
from pao_core.access.rights import LEVEL_TEXTS, OPERATOR, ROLES, TOOL_TEXTS
from pao_core.access.verbs import VERBS
from pao_core.importing.datasets import DATASETS
from pao_core.locale import LANGUAGES, N_, _, formats
from pao_core.locale.words import REQUEST_STATES, SITE_CONTACTS

FIELDS: dict[str, str] = {
    "role": N_("Role"), "name": N_("Name"), "email": N_("E-mail"), "first_name": N_("First name"), "last_name": N_("Last name"),
    "telephone": N_("Telephone"), "street": N_("Street"), "city": N_("City"), "state": N_("State or province"), "postal_code": N_("Postal code"),
    "country": N_("Country/region"), "types": N_("Contact types"), "status": N_("Status"), "language": N_("Language"), "reason": N_("Reason"),
    "operator": N_("Operator"), "site": N_("Site"), "sites": N_("Sites"), "suspended": N_("Suspended"), "privileges": N_("Privileges"),
    "invited": N_("Invited"), "activated": N_("Activated"), "primary": N_("Primary contact"), "form": N_("Form"), "to": N_("To"), "by": N_("By"),
    "claims_primary": N_("Says to be the primary contact"), "sessions": N_("Sessions"), "calendars": N_("Calendars"), "letter": N_("Letter"),
    "user": N_("User"), "secondary": N_("Secondary contact"), "currency": N_("Currency"), "dataset": N_("Data"), "file_name": N_("File"),
    "file_sha256": N_("Fingerprint of the file (SHA-256)"), "read": N_("Read"), "loaded": N_("Loaded"), "unchanged": N_("Unchanged"),
    "rejected": N_("Rejected"), "warned": N_("With a warning"), "stubs": N_("Provisional rows"), "rows": N_("Rows"), "lines": N_("Lines"),
    "right": N_("Right"), "page": N_("Page"), "request": N_("Request"), "guide": N_("Guide on Home"),
    "notifications": N_("Notifications"), "by_link": N_("By a link"), "deployed_quantity": N_("Deployed"),
    "note": N_("Note"), "kind": N_("Kind"), "due_on": N_("Due on"), "assignee": N_("Who does it"), "done": N_("Done"),
}
_SETS: dict[str, Mapping[str, str]] = {
    "role": ROLES | {OPERATOR: N_("Operator")}, "status": STATUSES, "types": SITE_CONTACTS, "request": REQUEST_STATES, "form": FORMS,
}
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
_GAP = re.compile(r"\{\w*\}")


@dataclass(frozen=True)
class Entry:
    """An act, done or refused, or a sign-in (then `act` is empty)."""

    id: int
    at: datetime
    actor: str
    address: str | None
    outcome: str
    act: str = ""
    object: str | None = None
    reseller_site_number: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One field of what an act changed, in the reader's words; None where there was or is nothing."""

    field: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.field}: {self.after}" if self.after is not None else self.field
        return f"{self.field}: {self.before} → {'–' if self.after is None else self.after}"


def act_text(act: str) -> str:
    """What an act is called; its name in the audit when this program does not know it."""
    return _(VERBS[act].text) if act in VERBS else shown(act)


def why(entry: Entry) -> str:
    """Why it was refused, as the person was told; "" where nothing was kept."""
    told = str(entry.facts.get("why") or "")
    return shown(_GAP.sub("…", _(told))) if told else ""


def changes(entry: Entry) -> list[Change]:
    """What differs between before and after, field by field, privileges tool by tool; then what else was noted, as what is there after."""
    facts = entry.facts
    before, after = _flat(facts.get("before")), _flat(facts.get("after"))
    found = [
        Change(_field(name), _value(name, before.get(name), entry), _value(name, after.get(name), entry))
        for name in {**before, **after} if before.get(name) != after.get(name)
    ]
    noted = _flat({name: value for name, value in facts.items() if name not in ("before", "after", "why")})
    return found + [Change(_field(name), None, _value(name, value, entry)) for name, value in noted.items() if value not in (None, "", [])]


def in_a_line(entry: Entry) -> str:
    """Why it was refused, or what it changed."""
    return why(entry) or "; ".join(str(change) for change in changes(entry))


def _flat(value: Any) -> dict[tuple[str, ...], Any]:
    """{"privileges": {"access": "view"}} -> {("privileges", "access"): "view"}."""
    if not isinstance(value, Mapping):
        return {} if value is None else {(): value}
    return {
        (str(name), *more): inside
        for name, under in value.items() for more, inside in (_flat(under) if isinstance(under, Mapping) else {(): under}).items()
    }


def _field(name: tuple[str, ...]) -> str:
    if name[:1] == ("privileges",) and len(name) == 2:
        return _(TOOL_TEXTS[name[1]]) if name[1] in TOOL_TEXTS else shown(name[1])
    return " ".join(_(FIELDS[part]) if part in FIELDS else shown(part) for part in name)


def _value(name: tuple[str, ...], value: Any, entry: Entry) -> str | None:
    if name[:1] == ("privileges",):
        return _(LEVEL_TEXTS.get(str(value or "none"), str(value)))
    if entry.act == "limits.changed" and name and name[-1] in ROLES:
        if value is None:
            return _("no limit")
        return formats.money(Decimal(str(value)), entry.object or "") if _AMOUNT.fullmatch(str(value)) else shown(str(value))
    if value is None or isinstance(value, bool):
        return None if value is None else _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(_word(name, one) for one in value) or None
    return _word(name, value) or None


def _word(name: tuple[str, ...], value: Any) -> str:
    last, text = name[-1] if name else "", str(value)
    if last in _SETS and text in _SETS[last]:
        return _(_SETS[last][text])
    if last == "country":
        return formats.country(text)
    if last == "language":
        return LANGUAGES.get(text, text)
    if last == "dataset" and text in DATASETS:
        return _(DATASETS[text].title)
    return shown(text)


def row(entry: Entry, at: str) -> dict[str, Any]:
    """An entry under COLUMNS, for a person; `at` is how the moment is written."""
    return {
        "at": at, "actor": shown(entry.actor), "act": act_text(entry.act), "object": entry.object and shown(entry.object),
        "reseller_site_number": entry.reseller_site_number and shown(entry.reseller_site_number), "outcome": entry.outcome,
        "change": in_a_line(entry), "address": shown(entry.address or "") or None,
    }
