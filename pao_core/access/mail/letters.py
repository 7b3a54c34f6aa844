"""The letters that the product writes: which there are, and what each must be told."""

from __future__ import annotations

from dataclasses import dataclass

from pao_core.locale import N_


@dataclass(frozen=True)
class Letter:
    """A kind of letter. `title` names it to the operator; `facts` are what `outbox.put` must be told, `optional` what it may be."""

    title: str
    facts: frozenset[str]
    optional: frozenset[str] = frozenset()


LETTERS: dict[str, Letter] = {
    "activation": Letter(N_("Activation link"), frozenset({"user_id"}), frozenset({"site", "by"})),
    "access_requested": Letter(N_("Somebody asks for access"), frozenset({"request_id"})),
    "access_granted": Letter(N_("Access granted"), frozenset({"user_id", "site"})),
    "access_denied": Letter(N_("Access denied"), frozenset({"request_id"})),
    "reset": Letter(N_("Link to a new password"), frozenset()),
    "password_changed": Letter(N_("Password changed"), frozenset({"user_id"})),
    "primary_offered": Letter(N_("Primary role offered"), frozenset({"site", "by"})),
    "primary_changed": Letter(N_("Primary contact changed"), frozenset({"site", "by"})),
    "second_factor_changed": Letter(N_("Second factor changed"), frozenset({"user_id", "on"})),
}
