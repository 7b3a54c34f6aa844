"""The Tour, the way to it, and the guide of the first steps, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from browser import Served, settled, sign_in, sign_in_by_form
from playwright.sync_api import Page, expect

from pao_core.locale import use
from pao_core.welcome import tour

Tab = Callable[..., Page]
PICTURES = "img[src^='/assets/tour/']"
LOADED = "images => images.length && images.every(image => image.complete && image.naturalWidth == image.getAttribute('width'))"


def shown(page: Page) -> list[str]:
    """The pictures of the page, each fetched and as large as it says."""
    settled(page)
    for at in range(page.locator(PICTURES).count()):
        page.locator(PICTURES).nth(at).scroll_into_view_if_needed()
    page.wait_for_function(f"selector => ({LOADED})([...document.querySelectorAll(selector)])", arg=PICTURES)
    return [str(address) for address in page.locator(PICTURES).evaluate_all("images => images.map(image => image.getAttribute('src'))")]


def addresses(language: str, mode: str) -> list[str]:
    with use(language):
        return [found.address for chapter in tour.chapters() if (found := tour.picture(chapter.name, mode))]


def test_a_stranger_takes_the_tour_with_the_pictures_of_language_and_theme(served: Served, tab: Tab) -> None:
    page, hosts = tab(language="pt-PT", dark=True), set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{served.url}/tour")
    expect(page.locator("h2")).to_have_count(len(tour.chapters()))
    assert shown(page) == addresses("pt_BR", "dark")
    assert all(page.locator(PICTURES).evaluate_all("images => images.map(image => image.alt.length > 20 && image.loading === 'lazy')"))
    assert hosts - {""} == {urlsplit(served.url).netloc}


def test_the_language_chosen_on_the_tour_holds_on_the_way_to_sign_in(served: Served, tab: Tab) -> None:
    page = tab(language="de-DE")
    page.goto(f"{served.url}/tour")
    page.get_by_role("button", name="English").click()
    page.get_by_text("Español", exact=True).click()
    expect(page.locator("html[lang=es]")).to_have_count(1)
    assert shown(page) == addresses("es", "light")
    page.get_by_test_id("stPageLink").first.click()
    expect(page.locator("input[type=password]")).to_be_visible()
    expect(page.get_by_role("button", name="Español")).to_be_visible()
    assert shown(page) == addresses("es", "light")[:1]


def test_one_chooses_whose_day_to_see(served: Served, tab: Tab) -> None:
    page = tab()
    page.goto(f"{served.url}/tour")
    page.get_by_role("radio", name="Operations").click()
    expect(page.locator("h2")).to_have_text([chapter.title for chapter in tour.chapters("operations")])


def test_sign_in_leads_to_the_tour_and_keeps_what_was_asked_for(served: Served, tab: Tab) -> None:
    page = tab()
    page.goto(f"{served.url}/order-history?country=BR")
    page.get_by_role("link", name="Tour").click()
    expect(page.locator("h1")).to_have_text("Tour")
    page.go_back()
    sign_in_by_form(page, served, page.url.removeprefix(served.url))
    expect(page.locator("h1")).to_have_text("Order history")
    expect(page.get_by_text("Country/region: Brazil")).to_be_visible()


def test_the_guide_is_put_away_for_good_and_comes_back_when_wanted(cold: Served, tab: Tab) -> None:
    page = tab()
    sign_in(page, cold)
    expect(page.get_by_text("Your first steps")).to_be_visible()
    page.get_by_role("button", name="Put the guide away").click()
    expect(page.get_by_text("Your first steps")).to_have_count(0)
    other = tab()
    sign_in(other, cold)
    settled(other)
    expect(other.get_by_text("Your first steps")).to_have_count(0)
    other.goto(f"{cold.url}/price-files")
    other.locator(".st-key-account button:visible").first.click()
    other.get_by_role("button", name="Show the guide again").click()
    expect(other.locator("h1")).to_contain_text("Hello")
    expect(other.get_by_text("Your first steps")).to_be_visible()
    other.get_by_role("link", name="Show what is due").click()
    expect(other.locator("h1")).to_have_text("Renewals")
