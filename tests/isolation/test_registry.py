"""A function that takes a viewer is asked, tried as a verb, or known as a part of one: a new one is none of these until somebody says so."""

from __future__ import annotations

from isolation.questions import ABOUT, PARTS, VERBS, taking_a_viewer


def test_every_public_function_that_takes_a_viewer_is_walked() -> None:
    there, walked = taking_a_viewer(), {*ABOUT, *VERBS, *PARTS}
    assert not there - walked, f"say in questions.py how these are asked: {sorted(there - walked)}"
    assert not walked - there, f"these are no more: {sorted(walked - there)}"


def test_no_function_is_walked_in_two_ways() -> None:
    assert not ABOUT.keys() & VERBS
    assert not ABOUT.keys() & PARTS.keys()
    assert not VERBS & PARTS.keys()
