"""What every page keeps: readable text in both themes, no sideways scrolling on a phone, nothing fetched from another host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from browser import Served, settled, sign_in, viewer
from playwright.sync_api import Page

from pao_core import choices
from pao_core.customers import customer
from pao_core.filters import Filters

ADDRESSES = ("/", "/customers", "/renewals?due=overdue", "/due-180-days?direction=last", "/committed-terms", "/order-history?country=BR",
             "/price-files", "/data", "/site", "/site?tab=limits", "/audit?outcome=refused")
OPEN = ("/", "/tour", "/request-access", "/activation", "/reset")
LEAST_CONTRAST = 4.5


def of_a_customer(served: Served) -> list[str]:
    """The search for a customer, and the tabs of the largest."""
    person = viewer(served)
    code = customer.largest(person, person.store.settings.today())[0]["customer"]
    found = urlencode(choices.of_customer(person, Filters(), code).to_params(), doseq=True)
    tabs = ("summary", "inventory", "renewals", "orders", "subscriptions", "contacts", "sites")
    return ["/customer", "/customer?site=1", *(f"/customer?{found}&tab={tab}" for tab in tabs)]


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


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(served: Served, tab: Callable[..., Page], dark: bool) -> None:
    page = tab(dark=dark)
    sign_in(page, served)
    for address in (*ADDRESSES, *of_a_customer(served)):
        page.goto(f"{served.url}{address}")
        page.locator("h1").wait_for()
        settled(page)
        assert page.evaluate(FAINT, LEAST_CONTRAST) == [], address


def test_a_phone_never_scrolls_sideways(served: Served, tab: Callable[..., Page]) -> None:
    page = tab(width=400, height=860)
    sign_in(page, served)
    for address in (*ADDRESSES, *of_a_customer(served)):
        page.goto(f"{served.url}{address}")
        page.locator("h1").wait_for()
        settled(page)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400, address


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_stranger_can_read_every_text_on_a_phone_too(served: Served, tab: Callable[..., Page], dark: bool) -> None:
    page = tab(dark=dark, width=400, height=860)
    for address in OPEN:
        page.goto(f"{served.url}{address}")
        page.locator("h1").wait_for()
        settled(page)
        assert page.evaluate(FAINT, LEAST_CONTRAST) == [], address
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400, address


def test_nothing_is_fetched_from_another_host(served: Served, tab: Callable[..., Page]) -> None:
    page, hosts = tab(), set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    sign_in(page, served, "/order-history")
    assert hosts - {""} == {urlsplit(served.url).netloc}
    assert page.evaluate("document.fonts.check('14px \"Hanken Grotesk\"')")
