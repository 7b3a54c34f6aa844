"""The resellers' own offices in the demonstration: who else has a place, whom to reach for what, limits, who asks to come in, the views that
people keep, and what they wrote about their largest customers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from pao_core.access.rights import PRESETS
from pao_core.access.writing import ScopedWriting
from pao_core.demo.people import CAST
from pao_core.store.schema import (
    access_requests,
    approval_limits,
    memberships,
    notes,
    renewals,
    saved_views,
    site_contacts,
    users,
    view_marks,
)

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
# whose, page, name, parameters, shared, on the owner's Home
VIEWS = (
    ("helena@marealta.example", "renewals", "Atrasadas, por cliente", {"due": ["overdue"], "form": ["summary"], "by": ["customer"]}, True, True),
    ("helena@marealta.example", "expiring-quotes", "Cotações da semana", {"window": ["7"]}, False, True),
    ("rafael@verticeclaro.example", "due-180-days", "Próximos 90 dias", {"window": ["90"]}, True, True),
    ("rafael@verticeclaro.example", "entitlements", "Direitos ativos", {"state": ["active"]}, True, False),
    ("ines@pontenova.example", "price-notifications", "Preços que sobem", {"effect": ["rises"]}, True, True),
    ("bruno@verticeclaro.example", "order-history", "Pedidos de SaaS", {"order-type": ["saas"]}, False, True),
)
# whose site, how many sites with more open lines it has, who wrote, how many days ago, text; of a step also in how many days, and who does it
NOTES = (
    ("7000101", 0, "helena@marealta.example", 12, "Pediu proposta única para todos os sites, com a mesma data de aniversário.", None, None),
    ("7000101", 0, "helena@marealta.example", 3, "Enviar a proposta consolidada.", 4, "helena@marealta.example"),
    ("7000202", 0, "camila@verticeclaro.example", 20, "A TI contou as instalações; há mais em uso do que o contratado em segurança.", None, None),
    ("7000202", 0, "rafael@verticeclaro.example", 6, "Ligar para o contato de renovações antes do reajuste.", 2, "bruno@verticeclaro.example"),
    ("7000202", 1, "bruno@verticeclaro.example", 2, "Prefere receber a cotação em dólares.", None, None),
    ("7000303", 0, "ines@pontenova.example", 9, "Orçamento aprovado só em janeiro.", 30, "ines@pontenova.example"),
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
    for view in VIEWS:
        _keep(connection, today, *view)
    connection.execute(insert(notes), [_note(connection, today, *row) for row in NOTES])


def _keep(connection: Connection, today: date, email: str, page: str, name: str, parameters: dict[str, list[str]], shared: bool,
          pinned: bool) -> None:
    """Save a view of this user, and pin it."""
    at, site = _days_before(today, 30), next(site for whose, _name, site, _role in CAST if whose == email)
    user_id = connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one()
    view_id = connection.execute(insert(saved_views).values(
        user_id=user_id, reseller_site_number=site if shared else None, name=name, page=page, parameters=parameters, shared=shared, created_at=at,
        changed_at=at, version=1).returning(saved_views.c.id)).scalar_one()
    if pinned:
        connection.execute(insert(view_marks).values(user_id=user_id, view_id=view_id, pinned_at=at))


def _note(connection: Connection, today: date, reseller: str, place: int, by: str, ago: int, text: str, due_in: int | None,
          assignee: str | None) -> dict[str, Any]:
    busiest = (select(renewals.c.site_number).where(renewals.c.reseller_site_number == reseller, renewals.c.status == "open")
               .group_by(renewals.c.site_number).order_by(func.count().desc(), renewals.c.site_number).offset(place).limit(1))
    at = _days_before(today, ago)
    return {
        "reseller_site_number": reseller, "site_number": connection.execute(busiest).scalar_one(), "kind": "note" if due_in is None else "step",
        "text": text, "due_on": None if due_in is None else today + timedelta(days=due_in), "assignee": assignee, "written_at": at, "written_by": by,
        "changed_at": at, "changed_by": by, "version": 1,
    }


def _request(today: date, email: str, name: str, site: str, form: str, claims: bool, asked: int, state: str, decided: int | None,
             by: str | None, why: str | None) -> dict[str, Any]:
    return {
        "email": email, "name": name, "reseller_site_number": site, "form": form, "claims_primary": claims, "language": "pt_BR",
        "asked_at": _days_before(today, asked), "state": state, "decided_at": None if decided is None else _days_before(today, decided),
        "decided_by": by, "reason": why,
    }


def _days_before(today: date, days: int) -> datetime:
    return datetime.combine(today - timedelta(days=days), HOUR)
