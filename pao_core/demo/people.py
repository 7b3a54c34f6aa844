"""Who can sign in to the demonstration, with passwords drawn anew at every load and kept beside the data."""

from __future__ import annotations

import secrets

from pao_core.access.entry import passwords
from pao_core.access.people import users
from pao_core.access.writing import ScopedWriting
from pao_core.config import Settings
from pao_core.demo import beside

# e-mail, name, reseller site, role
CAST = (
    ("helena@marealta.example", "Helena Prado", "7000101", "primary"),
    ("rafael@verticeclaro.example", "Rafael Nunes", "7000202", "primary"),
    ("ines@pontenova.example", "Inês Caldeira", "7000303", "primary"),
    ("bruno@verticeclaro.example", "Bruno Teles", "7000202", "user"),
    ("olga@desk.example", "Olga Serrano", None, "operator"),
    ("camila@verticeclaro.example", "Camila Duarte", "7000202", "secondary"),
    ("jonas@verticeclaro.example", "Jonas Vidal", "7000202", "user"),
)
LOG_INS = "logins"  # the file of theirs
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
GROUPS, GROUP = 4, 4


def log_ins() -> list[dict[str, str]]:
    """The cast with new passwords: {email, password, name, reseller, role}."""
    return [
        {"email": email, "password": _password(), "name": name, "reseller": site or "", "role": role} for email, name, site, role in CAST
    ]


def enrol(writing: ScopedWriting, people: list[dict[str, str]]) -> list[int]:
    """Make them users, active; gives their ids."""
    ids = []
    for person in people:
        site = person["reseller"] or None
        user_id, facts = users.enrol(writing.connection, person["email"], person["name"], site, person["role"],
                                     passwords.hashed(person["password"]), writing.at)
        writing.audit("user.added", person["email"], site, **facts)
        ids.append(user_id)
    return ids


def keep(settings: Settings, key: str, people: list[dict[str, str]]) -> None:
    """Write the log-ins where only the owner of the installation can read them."""
    beside.write(settings, LOG_INS, {"key": key, "log_ins": people})


def kept(settings: Settings, key: str) -> list[dict[str, str]]:
    """The log-ins of the demonstration that was loaded with this key; none if they are gone."""
    found = beside.read(settings, LOG_INS)
    return list(found["log_ins"]) if found and found.get("key") == key else []


def forget(settings: Settings) -> None:
    """Delete the kept log-ins."""
    beside.forget(settings, LOG_INS)


def _password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(GROUP)) for _group in range(GROUPS))
