"""Remake the pictures of the README from a running product: `python docs/pictures.py http://localhost:8501 EMAIL PASSWORD`.

One picture for each page, language and theme, 1440 x 900, written to docs/pictures/. Needs the browser of the tests.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PAGES = {
    "home": "/", "customers": "/customers", "customer": "/customer", "renewals": "/renewals", "due-180-days": "/due-180-days",
    "committed-terms": "/committed-terms", "order-history": "/order-history", "price-files": "/price-files", "data": "/data",
}
LANGUAGES = {"pt": "pt-BR", "en": "en-GB"}
COLOURS = 256  # enough for a calm page; a third of the size
THEMES = ("light", "dark")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
DRAWN = """() => { const app = document.querySelector('[data-testid=stApp]');
  return app && app.getAttribute('data-test-script-state') === 'notRunning' && !document.querySelector('[data-stale=true]') }"""
FOLDER = Path(__file__).parent / "pictures"


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(address)
    page.locator("input[type=password]").wait_for()
    page.locator("input[type=text]").first.fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_test_id("stFormSubmitButton").locator("button").click()
    page.locator("h1").wait_for()


def picture(browser: Browser, server: str, email: str, password: str, language: str, theme: str) -> None:
    """All pages in one language and theme."""
    context = browser.new_context(locale=LANGUAGES[language], timezone_id="America/Sao_Paulo", color_scheme=theme,
                                  viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, server, email, password)
    for name, address in PAGES.items():
        page.goto(f"{server}{address}")
        page.locator("h1").wait_for()
        page.wait_for_function(DRAWN)
        if name == "order-history":
            page.get_by_role("radiogroup").first.get_by_role("radio").nth(2).click()  # twelve months
            page.wait_for_url("**from=**")
            page.wait_for_function(DRAWN)
        if name == "customer":
            page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 49})  # the largest one
            page.wait_for_url("**/customer?**")
            page.wait_for_function(DRAWN)
        page.wait_for_timeout(1500)  # charts and tables are drawn after the answer
        shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
        shot.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{language}-{theme}.png", optimize=True)
    context.close()


def main(server: str, email: str, password: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language in LANGUAGES:
            for theme in THEMES:
                picture(browser, server.rstrip("/"), email, password, language, theme)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
