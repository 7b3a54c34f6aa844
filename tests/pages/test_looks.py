"""What every page keeps: readable text in both themes, no sideways scrolling on a phone, names for who does not see, the policy that the
browser is told, nothing from another host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Served, settled, sign_in, viewer
from playwright.sync_api import Page

from pao_core import choices
from pao_core.config import PROJECT
from pao_core.customers import customer
from pao_core.filters import Filters

PAGES = {page: f"/{page.stem.replace('_', '-')}" for page in sorted(PROJECT.glob("pages/*/*.py")) if page.parent.name != "parts"}
# Every page of the menu, and some as a reader narrowed them.
ADDRESSES = (*(address for page, address in PAGES.items() if page.parent.name not in ("home", "welcome") and page.stem != "customer"),
             "/", "/renewals?due=overdue", "/due-180-days?direction=last", "/order-history?country=BR", "/site?tab=limits", "/audit?outcome=refused",
             "/my-account?tab=sign-in", "/my-account?tab=sites")
OPEN = ("/", *(address for page, address in PAGES.items() if page.parent.name == "welcome"))
PARTS = 4  # so that several workers share the walk
LEAST_CONTRAST = 4.5
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
# Streamlit draws the small line inside a figure's tile, without a name for its last point; the tile itself says the figure.
OF_STREAMLIT = (("svg-img-alt", "metric_chart_"),)


def faults(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page, but for what is not ours to name."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found if fault["impact"] in ("serious", "critical") for node in fault["nodes"]
            if not any(fault["id"] == rule and mark in node["html"] for rule, mark in OF_STREAMLIT)]


def of_a_customer(served: Served) -> list[str]:
    """The search for a customer, and the tabs of the largest."""
    person = viewer(served)
    code = customer.largest(person, person.store.settings.today())[0]["customer"]
    found = urlencode(choices.of_customer(person, Filters(), code).to_params(), doseq=True)
    tabs = ("summary", "inventory", "renewals", "orders", "subscriptions", "contacts", "sites")
    return ["/customer", "/customer?site=1", *(f"/customer?{found}&tab={tab}" for tab in tabs)]


BACK = "address => { history.pushState({}, '', address); dispatchEvent(new PopStateEvent('popstate')) }"
WIDTH = "document.querySelector('[data-testid=stMain]').scrollWidth"
# Every visible text with the first opaque colour behind it; disabled controls and the table's canvas are excepted.
FAINT = """(least) => {
  const parse = (text) => { const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number); return {r, g, b, a: a === undefined ? 1 : a} };
  const over = (top, under) => ({r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
                                 b: top.b * top.a + under.b * (1 - top.a), a: 1});
  const light = ({r, g, b}) => { const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                                 return .2126 * x + .7152 * y + .0722 * z };
  const behind = (node) => { const layers = [];
    for (let at = node; at; at = at.parentElement) { const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.a > 0) { layers.push(colour); if (colour.a === 1) break } }
    return layers.reverse().reduce((under, top) => over(top, under), {r: 255, g: 255, b: 255, a: 1}) };
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim(), style = getComputedStyle(node);
    if (!/[\\p{L}\\d]/u.test(text) || !node.checkVisibility({opacityProperty: true, visibilityProperty: true})
        || node.closest(':disabled, [aria-disabled=true], canvas, style, script, svg.main-svg')) continue;
    const box = node.getBoundingClientRect(); if (box.width < 2 || box.height < 2) continue;
    let opacity = 1; for (let at = node; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const ground = behind(node), ink = parse(style.color), shown = over({...ink, a: ink.a * opacity}, ground);
    const [a, b] = [light(shown), light(ground)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < least) found.push(`${text.slice(0, 40)} ${ratio.toFixed(2)}`);
  }
  return found;
}"""


def check(page: Page, served: Served, addresses: Sequence[str]) -> None:
    """Each page as it stands on a desk in the light, then each on a phone in the dark."""
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text[:300]) if "Content Security Policy" in message.text else None)
    page.set_viewport_size({"width": 1440, "height": 900})
    for address in walk(page, served, addresses):
        assert page.evaluate(FAINT, LEAST_CONTRAST) == [], address
        assert faults(page) == [], address
        assert page.get_by_test_id("stPlotlyChart").and_(page.locator(":not([aria-label])")).count() == 0, address
    page.set_viewport_size({"width": 400, "height": 860})
    page.emulate_media(color_scheme="dark")
    for address in walk(page, served, addresses):
        assert page.evaluate(FAINT, LEAST_CONTRAST) == [], address
        assert page.evaluate(WIDTH) <= 400, address
        assert page.locator("iframe").count() == 0, address
        assert not refused, address


def walk(page: Page, served: Served, addresses: Sequence[str]) -> Iterator[str]:
    """Open the first address, and the others as a click on Back does, which loads nothing anew; each is there when it is given."""
    titles: dict[str, str] = {}
    for number, address in enumerate(addresses):
        if number == 0:
            page.goto(f"{served.url}{address}")
        else:
            page.evaluate(BACK, address)
        page.locator("h1").wait_for()
        settled(page)
        titles.setdefault(urlsplit(address).path, page.locator("h1").inner_text())
        yield address
    assert len(set(titles.values())) == len(titles), "a page was not left"


@pytest.mark.parametrize("part", range(PARTS))
def test_every_text_can_be_read_everything_has_a_name_and_a_phone_never_scrolls_sideways(
    served: Served, tab: Callable[..., Page], part: int,
) -> None:
    page = tab()
    sign_in(page, served)
    check(page, served, (*ADDRESSES, *of_a_customer(served))[part::PARTS])


def test_a_stranger_can_read_every_text_too(served: Served, tab: Callable[..., Page]) -> None:
    check(tab(), served, OPEN)


def test_nothing_is_fetched_from_another_host(served: Served, tab: Callable[..., Page]) -> None:
    page, hosts = tab(), set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    sign_in(page, served, "/order-history")
    assert hosts - {""} == {urlsplit(served.url).netloc}
    assert page.evaluate("document.fonts.check('14px \"Hanken Grotesk\"')")
