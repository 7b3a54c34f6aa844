"""Letters behind a served product: handed over by the operator without a mail server, sent by the web process with one."""

from __future__ import annotations

from collections.abc import Callable

from browser import Served, settled, sign_in, viewer
from playwright.sync_api import Page, expect
from post_office import open_office

from pao_core.access.people import users

Tab = Callable[..., Page]
ZOE = "zoe@desk.example"


def test_the_operator_hands_a_link_over_and_with_a_mail_server_it_goes_out_by_itself(cold: Served, tab: Tab) -> None:
    who = next(number for number, person in enumerate(cold.log_ins) if person["role"] == "operator")
    operator = viewer(cold, who)
    users.invite(operator, ZOE, "Zoe <b>Alves</b>", None, "operator")

    page = tab()
    sign_in(page, cold, "/access-requests", who)
    letter = page.get_by_text(f"Zoe <b>Alves</b> · {ZOE}")
    expect(letter).to_be_visible()
    expect(page.get_by_text("No mail server is set up.")).to_be_visible()
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)
    row = page.locator("div[data-testid='stVerticalBlock']").filter(has=letter).last
    row.locator("xpath=ancestor::div[@data-testid='stLayoutWrapper'][1]/..").get_by_role("button", name="Show the link").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    assert link.startswith("http://localhost:8501/activation?token=")

    other = tab()
    other.goto(link.replace("http://localhost:8501", cold.url))
    expect(other.locator("input[type=password]").first).to_be_visible()

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(page)
    expect(letter).to_have_count(0)
    assert link not in page.content()

    with open_office() as office:
        users.invite_again(operator, ZOE, None)
        cold.stop()
        cold.environment |= office.environment
        cold.command = True
        cold.start()
        assert ZOE in {arrived.to[0] for arrived in office.wait(1)}
        cold.stop()
        assert cold.process is not None
        assert cold.process.returncode in (0, -15), "the sender does not hold the server up"
    operator.store.dispose()
