"""Text of users in markdown: shown as it is, on cards too; an e-mail is no link. What a browser makes of it is tried in test_people.py."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.text import escape, in_badge

# What the markdown of the pages takes for an e-mail, whichever of its signs were written literally: it looks at one run of text.
LINKED = re.compile(r"[-.\w+]+@[-\w]+(\.[-\w]+)+", re.ASCII)
ADDRESSES = ("zoe@new.example", "a_b-c.d+e@x.example", "mailto:zoe@new.example", "(zoe@new.example)", "-@a-b.example", "a@b.example, c@d.example")


def runs(markdown: str) -> list[str]:
    """The runs of text of markdown that holds spans: what stands in a span is a run of its own."""
    return [re.sub(r"\\(.)", r"\1", run) for run in re.split(r":color\[((?:\\.|[^\]])*)\]", markdown)]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_e_mail_is_text_and_copied_as_it_is(text: str) -> None:
    assert LINKED.search(text)
    assert not any(LINKED.search(run) for run in runs(escape(text)))
    assert "".join(runs(escape(text))) == text


@pytest.mark.parametrize("text", [*ADDRESSES, "[x] zoe@new.example"])
def test_in_a_badge_which_holds_no_span_an_invisible_sign_parts_it(text: str) -> None:
    assert not LINKED.search(re.sub(r"\\(.)", r"\1", in_badge(text)))
    assert ":color" not in in_badge(text) and "\\[" not in in_badge(text)


@pytest.mark.parametrize("text", ["@", "a @ b", "@zoe", "100 % @ 5"])
def test_a_sign_that_is_no_e_mails_stays_where_it_is(text: str) -> None:
    assert runs(escape(text)) == [text]


def _a_card() -> None:
    import streamlit as st

    from pages.parts import drawn, metrics

    metrics.row([metrics.Metric("Use", "3", "a_b *c*", about="[x] $1", colour="gray"), metrics.Metric("Value", "4", "-1.5%", about="a_b")])
    st.session_state["told"] = [told.note for told in drawn.page().figures]


def test_the_note_of_a_figure_is_text_on_its_card_and_as_it_is_in_the_workbook() -> None:
    page = AppTest.from_function(_a_card).run()
    assert not page.exception
    (remark, change) = page.metric
    assert (remark.delta, remark.proto.delta_description) == (escape("a_b *c*"), escape("[x] $1"))
    assert (change.delta, change.proto.delta_description) == ("-1.5%", escape("a_b"))  # its sign says which way it went
    assert page.session_state["told"] == ["a_b *c* [x] $1", "-1.5% a_b"]
