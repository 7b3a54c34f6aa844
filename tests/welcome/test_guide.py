"""Home's guide of the first steps: the steps fit the rights; put away it stays away, until it is wanted again."""

from __future__ import annotations

from cast import BOREAL, CEDRO
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.store.engine import Store
from pao_core.store.schema import audit, memberships
from pao_core.welcome import guide


def said(store: Store) -> list[tuple[str, object, object]]:
    """What the audit says of the guide, in order."""
    with store.reading() as connection:
        rows = connection.execute(select(audit).where(audit.c.act == "account.changed").order_by(audit.c.id)).all()
    return [(row.actor, row.facts["before"]["guide"], row.facts["after"]["guide"]) for row in rows]


def with_rights(store: Store, email: str, **privileges: str) -> Viewer:
    """The person, with these privileges alone."""
    with store.writing("test") as writing:
        writing.connection.execute(memberships.update().where(memberships.c.reseller_site_number == CEDRO).values(privileges=privileges))
    return Viewer.of_email(store, email)


def test_put_away_it_stays_away_for_this_person_alone_and_the_audit_says_so(store: Store, people: dict[str, Viewer]) -> None:
    ana, bob = people["ana"], people["bob"]
    assert guide.wanted(ana) and guide.wanted(bob)
    guide.dismiss(ana)
    assert not guide.wanted(ana) and guide.wanted(bob)
    assert said(store) == [(ana.email, True, False)]


def test_it_comes_back_when_it_is_asked_for(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    guide.dismiss(ana)
    guide.show_again(ana)
    assert guide.wanted(ana)
    assert said(store) == [(ana.email, True, False), (ana.email, False, True)]


def test_a_second_click_changes_and_says_nothing(store: Store, people: dict[str, Viewer]) -> None:
    ana = people["ana"]
    guide.show_again(ana)
    guide.dismiss(ana)
    guide.dismiss(ana)
    assert said(store) == [(ana.email, True, False)]


def test_the_command_line_is_nobody_to_guide(store: Store) -> None:
    assert not guide.wanted(Viewer.of_command_line(store))


def test_the_steps_are_what_the_person_may_do(store: Store, people: dict[str, Viewer]) -> None:
    assert BOREAL in people["ana"].sites()
    assert [step.name for step in guide.steps(people["ana"])] == ["due", "customer", "prices", "data", "people"]
    assert [step.name for step in guide.steps(people["bob"])] == ["due", "customer", "prices"]
    assert [step.name for step in guide.steps(people["dora"])] == ["data", "people", "tour"]


def test_who_may_do_little_is_shown_around(store: Store, people: dict[str, Viewer]) -> None:
    importer = with_rights(store, people["bob"].email, data="import")
    assert [step.name for step in guide.steps(importer)] == ["data", "tour", "account"]
    nobody = with_rights(store, people["bob"].email)
    assert [step.name for step in guide.steps(nobody)] == ["tour", "account"]
