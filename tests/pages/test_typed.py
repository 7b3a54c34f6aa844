"""What a browser sends need not be what a person can type, nor a file's words what a person would write."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.filter_bar import MOST_TYPED, sought


def looking() -> None:
    import streamlit as st

    from pages.parts import view

    st.text(len(view.search("box", "Part number or description")))


def of_a_line() -> None:
    from decimal import Decimal

    from pages.parts import renewal_line

    renewal_line._head({
        "customer_name": "Salto", "agreement_number": "A", "part_number": "P", "part_description": "Part", "days_to_due": 3, "bucket": "0-30",
        "quote_number": "Q", "quote_expires": None, "quote_state": "undated", "program": None, "amount": Decimal(1), "currency": "BRL",
        "quantity": Decimal(1), "charge_metric": "[Call us](https://evil.example) ![x](https://evil.example/x.png)",
    })


def test_a_text_without_end_in_a_search_box_is_looked_for_by_its_beginning() -> None:
    at = AppTest.from_function(looking, default_timeout=30).run()
    at.text_input[0].set_value("a " * 200_000).run()
    assert not at.exception and int(at.text[0].value) == MOST_TYPED - 1


@pytest.mark.parametrize(("typed", "text"), [(None, ""), ("  São Paulo ", "São Paulo"), (" " * 300 + "x", "x"), ("x" * 201, "x" * 200)])
def test_white_space_around_what_is_looked_for_means_nothing(typed: str | None, text: str) -> None:
    assert sought(typed) == text


def test_the_charge_metric_of_a_part_is_a_word_and_no_link() -> None:
    at = AppTest.from_function(of_a_line, default_timeout=30).run()
    assert not at.exception
    quantity = next(metric for metric in at.metric if metric.label == "Quantity")
    assert quantity.delta.startswith(r"\[Call us\]\(https") and "![" not in quantity.delta.replace(r"\!\[", "")
