"""The resellers' own offices in the demonstration: who else has a place, whom to reach for what, limits, and who asks to come in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from pao_core.access.rights import PRESETS
from pao_core.access.writing import ScopedWriting
from pao_core.demo.people import CAST
from pao_core.store.schema import access_requests, approval_limits, memberships, site_contacts, users

# Who has a place at a second site: e-mail, site, role.
ALSO_AT = (("jonas@verticeclaro.example", "7000303", "user"),)
# site, types, first and last name, e-mail, telephone, street, city, state, postal code, country
CONTACTS = (
    ("7000101", ("technical", "media"), "Otávio", "Brandão", "otavio@marealta.example", "+55 81 5550 0141", "Rua do Cais 14", "Recife", "PE",
     "50000-140", "BR"),
    ("7000101", ("renewal",), "Lívia", "Monteiro", "livia@marealta.example", "+55 81 5550 0142", "Rua do Cais 14", "Recife", "PE", "50000-140", "BR"),
    ("7000101", ("billing",), "Celso", "Amaral", "faturas@marealta.example", "+55 81 5550 0143", "Rua do Cais 14", "Recife", "PE", "50000-140", "BR"),
    ("7000202", ("technical",), "Diego", "Antunes", "diego@verticeclaro.example", "+55 11 5550 0211", "Avenida das Araras 802", "São Paulo", "SP",
     "01000-802", "BR"),
    ("7000202", ("administrative", "renewal"), "Camila", "Duarte", "camila@verticeclaro.example", "+55 11 5550 0212", "Avenida das Araras 802",
     "São Paulo", "SP", "01000-802", "BR"),
    ("7000202", ("billing",), "Sônia", "Pacheco", "financeiro@verticeclaro.example", "+55 11 5550 0213", "Avenida das Araras 802", "São Paulo", "SP",
     "01000-802", "BR"),
    ("7000303", ("technical", "administrative"), "Tomás", "Quintela", "tomas@pontenova.example", "+351 22 555 0311", "Rua da Ponte Velha 31", "Porto",
     None, "4000-031", "PT"),
    ("7000303", ("renewal",), "Beatriz", "Loureiro", "beatriz@pontenova.example", "+351 22 555 0312", "Rua da Ponte Velha 31", "Porto", None,
     "4000-031", "PT"),
)
# site, role, currency, amount in minor units
LIMITS = (
    ("7000202", "user", "BRL", 50_000_00), ("7000202", "secondary", "BRL", 250_000_00), ("7000303", "user", "EUR", 10_000_00),
)
# e-mail, name, site, form, claims to be the primary contact, days ago, state, days ago it was decided, by whom, why
REQUESTS = (
    ("marina@verticeclaro.example", "Marina Falcão", "7000202", "self_nomination", False, 1, "waiting", None, None, None),
    ("heitor@verticeclaro.example", "Heitor Barros", "7000202", "authorization", False, 4, "waiting", None, None, None),
    ("vendas@loja-do-canto.example", "Rogério Lins", "7000202", "self_nomination", False, 23, "denied", 21, "rafael@verticeclaro.example",
     "Não trabalha na Vértice Claro."),
    ("bruno@verticeclaro.example", "Bruno Teles", "7000202", "self_nomination", False, 160, "granted", 159, "rafael@verticeclaro.example", None),
    ("duarte@pontenova.example", "Duarte Sampaio", "7000303", "authorization", True, 2, "waiting", None, None, None),
    ("noemia@marealta.example", "Noêmia Prates", "7000101", "self_nomination", False, 3, "waiting", None, None, None),
)
HOUR = time(13, 20, tzinfo=UTC)


def settle(writing: ScopedWriting, today: date) -> None:
    """Write it all; the people of the demonstration are users already."""
    connection = writing.connection
    for email, site, role in ALSO_AT:
        user_id = connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one()
        connection.execute(insert(memberships).values(user_id=user_id, reseller_site_number=site, role=role, privileges=PRESETS[role]))
    columns = ("reseller_site_number", "types", "first_name", "last_name", "email", "telephone", "street", "city", "state", "postal_code", "country")
    primaries = {site: email for email, _name, site, role in CAST if role == "primary"}
    kept = {"version": 1, "changed_at": _days_before(today, 90)}
    connection.execute(insert(site_contacts), [
        dict(zip(columns, (row[0], list(row[1]), *row[2:]), strict=True)) | kept | {"changed_by": primaries[row[0]]} for row in CONTACTS])
    connection.execute(insert(approval_limits), [
        dict(zip(("reseller_site_number", "role", "currency", "amount"), row, strict=True)) for row in LIMITS])
    connection.execute(insert(access_requests), [_request(today, *row) for row in REQUESTS])


def _request(today: date, email: str, name: str, site: str, form: str, claims: bool, asked: int, state: str, decided: int | None,
             by: str | None, why: str | None) -> dict[str, Any]:
    return {
        "email": email, "name": name, "reseller_site_number": site, "form": form, "claims_primary": claims, "language": "pt_BR",
        "asked_at": _days_before(today, asked), "state": state, "decided_at": None if decided is None else _days_before(today, decided),
        "decided_by": by, "reason": why,
    }


def _days_before(today: date, days: int) -> datetime:
    return datetime.combine(today - timedelta(days=days), HOUR)
