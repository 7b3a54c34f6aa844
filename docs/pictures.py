"""Take the pictures of the README again, from the product served with a demonstration of its own: `make pictures`.

One picture for each page, language and theme, 1440 x 900, written to docs/pictures/. Needs the browser of the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.served import server
from pao_core.access import Viewer
from pao_core.access.people import guide
from pao_core.config import Settings
from pao_core.demo import demonstration
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate

PAGES = {
    "home": "/", "customers": "/customers", "customer": "/customer", "end-customers": "/end-customers", "entitlements": "/entitlements",
    "levels-and-points": "/levels-and-points", "renewals": "/renewals", "due-180-days": "/due-180-days", "committed-terms": "/committed-terms",
    "expiring-quotes": "/expiring-quotes", "price-notifications": "/price-notifications", "subscription-updates": "/subscription-updates",
    "order-history": "/order-history", "price-files": "/price-files", "price-difference": "/price-files?show=difference",
    "saas-fulfillment": "/saas-fulfillment", "saas-data-elements": "/saas-data-elements", "suppressed-overage": "/suppressed-overage",
    "saved-views": "/saved-views", "data": "/data",
    "users": "/users", "access-requests": "/access-requests", "site": "/site", "audit": "/audit", "my-account": "/my-account?tab=sign-in",
}
LANGUAGES = {"pt": "pt-BR", "en": "en-GB"}
PATIENCE = 120_000  # milliseconds: the machine may be busy
COLOURS = 256  # enough for a calm page; a third of the size
THEMES = ("light", "dark")
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
DRAWN = """() => { const app = document.querySelector('[data-testid=stApp]');
  return app && app.getAttribute('data-test-script-state') === 'notRunning' && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
    && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('.main-svg')) }"""
FOLDER = Path(__file__).parent / "pictures"


@dataclass(frozen=True)
class Shown:
    """The product served with a demonstration: where, its store, and who may sign in."""

    url: str
    store: Store
    log_ins: list[dict[str, str]]

    def log_in(self, role: str) -> dict[str, str]:
        """The second site's person with this role: a site in Brazil."""
        return next(person for person in self.log_ins[1:] if person["role"] == role)


@contextmanager
def shown() -> Iterator[Shown]:
    """A demonstration, loaded and served for as long as the block runs."""
    with TemporaryDirectory(prefix="pictures") as folder:
        store = Store(Settings.from_environment({"PAO_DATA_DIR": folder}))
        migrate(store)
        log_ins = demonstration.load(store, today=store.settings.today())
        for person in log_ins:
            guide.dismiss(Viewer.of_email(store, person["email"]))  # for the first day alone
        with server(Path(folder)) as port:
            yield Shown(f"http://127.0.0.1:{port}", store, log_ins)
        store.dispose()


def drawn(page: Page) -> None:
    """Wait until the page has answered and its charts and tables, which come after the answer, are drawn."""
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(1500)


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(address)
    page.locator("input[type=password]").wait_for()
    page.locator("input[type=text]").first.fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_test_id("stFormSubmitButton").locator("button").click()
    page.locator("input[type=password]").wait_for(state="detached")
    page.locator("h1").wait_for()


def picture(browser: Browser, product: Shown, language: str, theme: str) -> None:
    """All pages in one language and theme."""
    context = browser.new_context(locale=LANGUAGES[language], timezone_id="America/Sao_Paulo", color_scheme=theme,
                                  viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    page, person = context.new_page(), product.log_in("primary")
    sign_in(page, product.url, person["email"], person["password"])
    for name, address in PAGES.items():
        page.goto(f"{product.url}{address}")
        page.locator("h1").wait_for()
        page.wait_for_function(DRAWN)
        if name == "order-history":
            page.get_by_role("radio", name=re.compile(r"^12 m")).click()
            page.wait_for_url("**from=**")
        if name == "customer":
            page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 49})  # the largest one
            page.wait_for_url("**/customer?**")
        if name == "users":
            page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 49})  # a user, with the privileges
            page.locator(".st-key-person").wait_for()
        drawn(page)
        shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
        shot.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{language}-{theme}.png", optimize=True)
    context.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with shown() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language in LANGUAGES:
            for theme in THEMES:
                picture(browser, product, language, theme)
        browser.close()


if __name__ == "__main__":
    main()
