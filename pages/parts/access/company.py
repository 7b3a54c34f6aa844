"""The company's own sign-in service (OIDC), where the operator has set one up in secrets.toml: what Streamlit knows of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec

import streamlit as st

SIGN_OUT = "/auth/logout"  # Streamlit's: takes its cookie away, and leads to the service's own sign-out when it has one
MIN_SECRET_BYTES = 32  # who knows the secret of that cookie writes whatever e-mail into it

log = logging.getLogger(__name__)


@cache
def offered() -> bool:
    """Whether people may come in with a company account: set up, with a secret that cannot be guessed, and the library is there."""
    # Asked for without a file, Streamlit would write its absence across the page.
    settings = st.secrets.get("auth") if st.secrets.load_if_toml_exists() else None
    if not settings:
        return False
    if find_spec("authlib") is None:
        log.error("secrets.toml sets up company accounts, but requirements-oidc.txt is not installed: they are not offered")
        return False
    if len(str(settings.get("cookie_secret", "")).encode()) < MIN_SECRET_BYTES:
        log.error("the cookie_secret of secrets.toml is shorter than %s bytes: company accounts are not offered", MIN_SECRET_BYTES)
        return False
    return True


def claims() -> Mapping[str, object] | None:
    """What the service says of the reader, by the cookie that Streamlit signed when its token had been checked; None without."""
    if not offered() or not st.user.is_logged_in:
        return None
    return dict(st.user.to_dict())
