"""Settings > Site and Audit in a browser: a contact is added and changed by two at once; the audit tells it, and its address is its filter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from browser import Served, pick, settled, sign_in, viewer
from playwright.sync_api import Page, expect

from pao_core.settings import audit, site
from pao_core.settings.audit import Asked
from pao_core.settings.site import Contact

Tab = Callable[..., Page]


def who(served: Served, name: str) -> int:
    return next(place for place, person in enumerate(served.log_ins) if person["email"].startswith(name))


def test_a_contact_is_added_changed_by_two_at_once_and_told_by_the_audit(served: Served, tab: Tab) -> None:
    page, rafael = tab(), who(served, "rafael")
    sign_in(page, served, "/site", who=rafael)
    page.get_by_role("button", name="Add contact").click()
    panel = page.get_by_test_id("stDialog")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_test_id("stAlert")).to_contain_text("This must be filled in: First name.")
    for label, text in (("First name *", "*Eva* $x$"), ("Last name *", "<b>=1+1"), ("E-mail *", "aa-eva@verticeclaro.example")):
        panel.get_by_label(label, exact=True).fill(text)
    panel.get_by_role("button", name="Billing contact").click()
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_have_count(0)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="*Eva* $x$ <b>").first).to_be_visible()

    # The first of the table: its last name comes before any letter. Meanwhile a colleague moves it.
    page.goto(f"{served.url}/site")
    pick(page.get_by_test_id("stDataFrame").last, panel)
    panel.get_by_label("City", exact=True).fill("Recife")
    colleague = viewer(served, who(served, "camila"))
    kept = next(one for one in site.contacts(colleague, "7000202") if one.contact.email.startswith("aa-eva"))
    site.change(colleague, "7000202", kept.id, kept.version, Contact("Eva", "Luz", kept.contact.email, ("billing",), city="Natal"))
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_test_id("stAlert")).to_contain_text("changed this contact meanwhile")
    expect(panel.get_by_test_id("stDataFrame").first).to_contain_text("Natal")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_have_count(0)
    assert next(one for one in site.contacts(colleague, "7000202") if one.id == kept.id).contact.city == "Recife"

    page.goto(f"{served.url}/audit?object=aa-eva&outcome=done")
    expect(page.get_by_test_id("stMarkdown").filter(has_text="entries").first).to_have_text("3 entries")
    page.get_by_label("Who", exact=True).fill("CAMILA")
    page.keyboard.press("Enter")
    page.wait_for_url("**who=CAMILA**")
    expect(page.get_by_test_id("stMarkdown").filter(has_text="1 entry").first).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"object": ["aa-eva"], "outcome": ["done"], "who": ["CAMILA"]}
    settled(page)
    page.get_by_role("button", name="Download").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV for systems").click()
    expected = audit.file(viewer(served, rafael), Asked(who="camila", outcome="done", text="aa-eva"), audit.ACTS, "csv")
    assert Path(waiting.value.path()).read_bytes() == expected
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_url(lambda url: "who" not in url and "object" not in url)


def test_who_may_not_view_access_or_contacts_sees_neither_page(served: Served, tab: Tab) -> None:
    page = tab()
    refused = "You do not have the right to do this"
    for address in ("/audit", "/site"):
        sign_in(page, served, address, who(served, "bruno"))
        expect(page.get_by_text(refused)).to_be_visible()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
