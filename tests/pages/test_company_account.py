"""Signing in with a company account, through a real OpenID Connect service and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Served
from cast import without
from company import Company, open_company
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from pao_core.config import Settings
from pao_core.store.engine import Store
from pao_core.store.schema import audit, users

try:
    import authlib  # noqa: F401
except ModuleNotFoundError:
    without("the packages of requirements-oidc.txt")

Tab = Callable[..., Page]
INVITED, ACTIVE = 3, 6


@pytest.fixture
def company() -> Iterator[Company]:
    """The company's service."""
    with open_company() as found:
        yield found


@pytest.fixture
def desk(demonstration_data: Served, company: Company, tmp_path: Path) -> Iterator[Served]:
    """The product with that service set up, and a person who was only invited."""
    shutil.copytree(demonstration_data.data, tmp_path / "served")
    desk = Served(tmp_path / "served", demonstration_data.log_ins, {"HOME": str(tmp_path)})
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(company.secrets_toml(desk.url))
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(desk.data)}))
    with store.writing("test") as writing:
        invited = users.c.email == desk.log_ins[INVITED]["email"]
        writing.connection.execute(update(users).where(invited).values(status="invited", password_hash=None))
    store.dispose()
    desk.start()
    yield desk
    desk.stop()


def come(page: Page, desk: Served, company: Company, email: str, **claims: object) -> None:
    """Go to the company from the sign-in page, and come back."""
    company.claims = {"email": email, "email_verified": True, **claims}
    page.goto(desk.url)
    page.get_by_role("button", name="Sign in with your company account").click()
    page.get_by_role("button", name="Go on as").wait_for()


def test_a_company_account_lets_its_owner_in_by_a_click_and_out_for_good(desk: Served, company: Company, tab: Tab) -> None:
    page, email = tab(), desk.log_ins[INVITED]["email"]
    come(page, desk, company, email.upper())
    page.get_by_role("button", name="Go on as").click()
    expect(page.locator("h1")).to_contain_text("Hello, Bruno")
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(desk.data)}))
    with store.reading() as connection:
        assert connection.execute(select(users.c.status, users.c.password_hash).where(users.c.email == email)).one() == ("active", None)
        assert connection.scalar(select(audit.c.actor).where(audit.c.act == "account.activated")) == email
    store.dispose()
    page.locator(".st-key-account button:visible").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with your company account").wait_for()
    page.goto(f"{desk.url}/customers")
    page.get_by_role("button", name="Sign in with your company account").wait_for()
    assert company.visits == 1


@pytest.mark.parametrize("claims", [{"email": "nobody@nowhere.example"}, {"email_verified": False}])
def test_whoever_is_unknown_or_unverified_is_refused_in_the_same_words(desk: Served, company: Company, tab: Tab, claims: dict[str, object]) -> None:
    page = tab()
    come(page, desk, company, **({"email": desk.log_ins[ACTIVE]["email"]} | claims))  # type: ignore[arg-type]
    page.get_by_role("button", name="Go on as").click()
    expect(page.get_by_text("Your company account does not match an active account here.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Go on as")).to_be_visible()
