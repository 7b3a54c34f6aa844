"""Welcome > Tour: its chapters are short, for everyone of the four, and their pictures are there in every language and theme."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from PIL import Image

from pao_core.locale import LANGUAGES, use
from pao_core.welcome import tour

MINUTES, WORDS_A_MINUTE = 3, 200
MODES = ("light", "dark")
MOST_BYTES = 3 * 1024**2


def test_the_tour_is_read_in_three_minutes() -> None:
    words = " ".join(f"{chapter.title} {chapter.text}" for chapter in tour.chapters()).split()
    assert len(words) <= MINUTES * WORDS_A_MINUTE


@pytest.mark.parametrize("role", tour.ROLES)
def test_everyone_of_the_four_finds_chapters_of_their_own(role: str) -> None:
    found = tour.chapters(role)
    assert found and all(role in chapter.roles for chapter in found)
    assert len(found) < len(tour.chapters())


def test_a_chapter_is_for_people_that_the_tour_names() -> None:
    assert {role for chapter in tour.chapters() for role in chapter.roles} == set(tour.ROLES)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_has_its_picture_as_large_as_it_says(language: str, mode: str) -> None:
    with use(language):
        for chapter in tour.chapters():
            found = tour.picture(chapter.name, mode)
            assert found, chapter.name
            with Image.open(tour.FOLDER / found.address.rsplit("/", 1)[1]) as image:
                assert image.size == (found.width, found.height)


def test_a_pictures_name_changes_with_its_content() -> None:
    for entry in json.loads(tour.CONTENTS.read_text()).values():
        mark = re.search(r"-([0-9a-f]{8})\.webp$", entry["file"])
        assert mark and hashlib.sha256((tour.FOLDER / entry["file"]).read_bytes()).hexdigest().startswith(mark[1])


def test_the_pictures_are_those_of_the_contents_and_stay_small() -> None:
    files = sorted(path.name for path in tour.FOLDER.glob("*.webp"))
    assert files == sorted(entry["file"] for entry in json.loads(tour.CONTENTS.read_text()).values())
    assert sum((tour.FOLDER / name).stat().st_size for name in files) <= MOST_BYTES


def test_what_is_no_chapter_has_no_picture() -> None:
    assert tour.picture("payroll", "light") is None
