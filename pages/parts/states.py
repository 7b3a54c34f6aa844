"""What stands where an answer would: nothing found, a failure, no right. A failure is never shown as no data."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts.text import escape
from pao_core.access import AccessDenied
from pao_core.locale import Refused, _

log = logging.getLogger(__name__)


def empty(title: str, why: str, icon: str = "search_off") -> st.delta_generator.DeltaGenerator:
    """A card that says what is missing and why; what it gives holds the one button that helps."""
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown(f":gray[:material/{icon}:]", text_alignment="center")
        st.markdown(f"**{escape(title)}**", text_alignment="center")
        st.caption(escape(why), text_alignment="center")
        return st.container(horizontal=True, horizontal_alignment="center")


def refused(problem: Refused) -> None:
    """The sentence of a refusal, with a way to try again."""
    icon = ":material/lock:" if isinstance(problem, AccessDenied) else ":material/error:"
    st.error(escape(problem), icon=icon)


@contextmanager
def told() -> Iterator[None]:
    """Say what fails inside the block in its place; the rest of the page goes on."""
    try:
        yield
    except Refused as problem:
        refused(problem)
        _again()
    except (st.runtime.scriptrunner_utils.exceptions.RerunException, st.runtime.scriptrunner_utils.exceptions.StopException):
        raise
    except Exception:
        code = secrets.token_hex(4)
        log.exception("error %s while drawing", code)
        st.error(escape(_("This could not be shown. Nothing was changed. Tell your administrator the code {code}.", code=code)),
                 icon=":material/error:")
        _again()


def _again() -> None:
    # No key: more than one part of a page may fail.
    st.button(_("Try again"), icon=":material/refresh:", key=f"again_{secrets.token_hex(4)}")
