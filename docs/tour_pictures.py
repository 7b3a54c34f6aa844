"""Take the pictures of the Tour again, from the product served with a demonstration of its own: `make pictures`.

One picture for each chapter, language and theme, cropped to the chapter's point, written to data/tour/ with its contents.
`python -m docs.tour_pictures NAME ...` takes those of some chapters alone. Needs the browser of the tests.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from docs.pictures import CHROMIUM, FLAGS, THEMES, Shown, drawn, shown, sign_in
from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.home import home
from pao_core.renewals import waiting
from pao_core.store.schema import orders
from pao_core.welcome.tour import CHAPTERS, CONTENTS, FOLDER

LANGUAGES = {"en": "en-GB", "pt": "pt-BR", "es": "es-ES"}
SCALE = 2  # pixels for each of the page's, before the picture is made as wide as it is shown on a fine screen
WIDEST = 1400
QUALITY = 70  # of WebP: letters stay clean, a picture stays near 40 KB
SIDE = 54  # of the page at the left and right that is not shown
EDGE = 16  # above what is shown

HEAD, ROW = 33, 33  # of a table

Act = Callable[[Page, Shown], None]


@dataclass(frozen=True)
class Shot:
    """How a picture is taken: the page's address and width, what is done there first, and what is shown of it: so many pixels, from the
    first element `of` on (a panel's own width) with `above` more over it, or from the top of the window."""

    address: str
    height: int
    width: int = 1040
    of: str | None = None
    first: Act = lambda _page, _product: None
    above: int = EDGE


def open_a_line(page: Page, product: Shown) -> None:
    """The first of today's queue of which it is known what a reinstatement costs."""
    viewer, today = Viewer.of_email(product.store, product.log_in("primary")["email"]), product.store.settings.today()
    queue = home.queue(viewer, Filters(account_manager=(viewer.email,), in_currency="BRL"), "BRL", today)
    known = [len(waiting.waiting(viewer, line, today).costs) > 1 for row in queue if (line := home.whole(viewer, row, today))]
    page.get_by_test_id("stDataFrame").first.click(position={"x": 300, "y": HEAD + ROW * known.index(True) + ROW / 2})
    page.get_by_test_id("stDialog").wait_for()


def open_largest(page: Page, _product: Shown) -> None:
    page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": HEAD + ROW / 2})
    page.wait_for_url("**/customer?**")


def twelve_months(page: Page, _product: Shown) -> None:
    page.get_by_role("radiogroup").first.get_by_role("radio").nth(2).click()
    page.wait_for_url("**from=**")


def try_a_file(page: Page, product: Shown) -> None:
    """A file of orders, of which two rows cannot be loaded."""
    site = product.log_in("primary")["reseller"]
    columns = [orders.c[name] for name in ("order_date", "site_number", "part_number", "quantity", "unit_price", "currency")]
    with product.store.reading() as connection:
        rows = [list(row) for row in connection.execute(select(*columns).where(orders.c.reseller_site_number == site).limit(24))]
    rows[7][2] = "X0000XX"
    rows[15][3] = "many"
    text = StringIO()
    csv.writer(text).writerows([["order_number", *(column.name for column in columns)], *([f"N{at:05}", *row] for at, row in enumerate(rows, 1))])
    page.locator("input[type=file]").set_input_files({"name": "orders-november.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()})
    page.locator("[data-testid=stBaseButton-primary]").wait_for()
    page.locator("[data-testid=stBaseButton-secondary]", has_text="fact_check").click()
    page.locator("[data-testid=stMetric]").first.wait_for()


SHOTS = {
    "home": Shot("/?in-currency=BRL", 800, 1400),
    "renewals": Shot("/renewals?in-currency=BRL", 520, 1240, of="[data-testid=stMetric]"),
    "line": Shot("/?in-currency=BRL", 640, of="[data-testid=stDialog] [role=dialog]", first=open_a_line),
    "customer": Shot("/customers", 640, 1180, first=open_largest, of="h1"),
    "customers": Shot("/customers?in-currency=BRL", 600, of="[data-testid=stPlotlyChart]", above=70),
    "orders": Shot("/order-history?in-currency=BRL", 620, first=twelve_months, of="[data-testid=stMetric]"),
    "prices": Shot("/price-files", 600, of="[data-testid=stDataFrame]", above=290),
    "data": Shot("/data", 440, of="h1", first=try_a_file),
}


def taken(page: Page, product: Shown, shot: Shot) -> Image.Image:
    """The picture, of the page that is signed in."""
    page.set_viewport_size({"width": shot.width, "height": 2 * shot.height if shot.of else shot.height})
    page.goto(f"{product.url}{shot.address}")
    page.locator("h1").wait_for()
    drawn(page)
    shot.first(page, product)
    page.mouse.move(1, 1)
    drawn(page)
    clip = {"x": 0.0, "y": 0.0, "width": shot.width, "height": shot.height}
    if shot.of:
        place = page.locator(shot.of).first.bounding_box()
        assert place, shot.of
        clip |= {"x": place["x"], "width": place["width"]} if "dialog" in shot.of else {"x": SIDE, "width": shot.width - 2 * SIDE}
        clip["y"] = max(0, place["y"] - shot.above)
    image = Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")
    return image.resize((width := min(image.width, WIDEST), round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def pictures(browser: Browser, product: Shown, language: str, theme: str, names: Sequence[str], contents: dict[str, dict[str, object]]) -> None:
    """The pictures of these chapters in one language and theme; what they replace goes."""
    context = browser.new_context(locale=LANGUAGES[language], timezone_id="America/Sao_Paulo", color_scheme=theme, device_scale_factor=SCALE)
    page, person = context.new_page(), product.log_in("primary")
    sign_in(page, product.url, person["email"], person["password"])
    for name in names:
        image, written = taken(page, product, SHOTS[name]), BytesIO()
        image.save(written, "WEBP", quality=QUALITY, method=6)
        key, mark = f"{name}-{language}-{theme}", hashlib.sha256(written.getvalue()).hexdigest()[:8]
        if key in contents:
            (FOLDER / str(contents[key]["file"])).unlink(missing_ok=True)
        contents[key] = {"file": f"{key}-{mark}.webp", "width": image.width, "height": image.height}
        (FOLDER / f"{key}-{mark}.webp").write_bytes(written.getvalue())
        print(key, len(written.getvalue()))
    context.close()


def main(names: Sequence[str]) -> None:
    contents = json.loads(CONTENTS.read_text()) if names else {}
    wanted = names or [chapter.name for chapter in CHAPTERS]
    with shown() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language in LANGUAGES:
            for theme in THEMES:
                pictures(browser, product, language, theme, wanted, contents)
        browser.close()
    CONTENTS.write_text(json.dumps(dict(sorted(contents.items())), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
