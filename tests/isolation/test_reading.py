"""Nobody is told a word of another's: every question, in made-up towns, on both stores and on PostgreSQL asked directly.

A *check* is one call of one function as one viewer, compared with what a store answers from which everybody else's rows are gone, and
searched for every mark that the viewer may not read.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cast import times
from isolation.conftest import Opening, closing, opened
from isolation.questions import ABOUT, Question, all_questions, hides, name_of
from isolation.towns import RESELLERS, Face, Plan, Town, copied, in_towns, viewer

from pao_core.replica import files
from pao_core.store.engine import Store

TOWNS = times(1, 200)  # of two, of three and of four resellers
CHECKS = 700  # of each town, at least


@pytest.mark.parametrize("resellers", RESELLERS)
def test_a_viewer_is_told_the_same_when_everyone_elses_rows_are_gone_and_no_mark_of_theirs(
    tmp_path: Path, on_sqlite: Opening, on_postgresql: Opening, resellers: int,
) -> None:
    counted: Counter[str] = Counter()

    @in_towns(resellers, TOWNS)
    def told(plan: Plan) -> None:
        town = Town(plan)
        with ExitStack() as at_the_end, TemporaryDirectory(dir=tmp_path) as name:
            folder = Path(name)
            whole = at_the_end.enter_context(on_sqlite(folder / "sqlite"))
            town.settle(whole)
            files.build(whole).release()
            alone = {face: at_the_end.enter_context(closing(copied(whole, folder / f"alone{at}", opened))) for at, face in enumerate(plan.faces)}
            for face, store in alone.items():
                town.keep_only(store, face)
            there = at_the_end.enter_context(on_postgresql(folder / "postgresql"))
            town.settle(there)
            url = there.settings.database_url.render_as_string(hide_password=False)
            directly = at_the_end.enter_context(closing(opened(folder / "direct", PAO_DATABASE_URL=url, PAO_ANALYTICS_URL=url)))
            counted.update(compare(town, alone, {"SQLite": whole, "PostgreSQL": there, "PostgreSQL directly": directly}))

    told()
    print(f"\n{counted.total():,} checks of {len(counted)} functions in {TOWNS} towns of {resellers} resellers: no leak")
    assert counted.total() >= TOWNS * CHECKS
    assert counted.keys() == ABOUT.keys()


def compare(town: Town, alone: dict[Face, Store], stores: dict[str, Store]) -> Counter[str]:
    """Ask rounds of questions until enough were, each as one of the faces, of the first store and of one of the others; gives how often
    each function was asked."""
    counted: Counter[str] = Counter()
    pick = random.Random(town.plan.seed)
    first, *others = stores
    looking = [(face, viewer(store, face), {name: viewer(of, face) for name, of in stores.items()}, town.marks() - town.told(face))
               for face, store in alone.items()]
    while counted.total() < CHECKS:
        for question in all_questions(pick, town):
            face, expected, asking, forbidden = pick.choice(looking)
            wanted = question.answer(expected)
            for name in (first, pick.choice(others)):
                check(town, face, question, name, question.answer(asking[name]), wanted, forbidden)
                counted[name_of(question.of)] += 1
    return counted


def check(town: Town, face: Face, question: Question, name: str, answer: str, wanted: str, forbidden: set[str]) -> None:
    where = f"{face} on {name}, {town.plan}\n{question}\n"
    assert not (found := hides(answer, question, forbidden)), f"{where}gave away {found}:\n{answer[:4000]}"
    assert answer == wanted, f"{where}answered\n{answer[:4000]}\nalone it is\n{wanted[:4000]}"
