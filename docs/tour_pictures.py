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
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from docs.pictures import CHROMIUM, FLAGS, PATIENCE, THEMES, Shown, drawn, shown, sign_in
from pao_core.access import AccessDenied, Viewer
from pao_core.access.people import users
from pao_core.access.rights import JOBS
from pao_core.filters import Filters
from pao_core.renewals import renewals, waiting
from pao_core.report import run
from pao_core.store.schema import orders
from pao_core.welcome.tour import CHAPTERS, CONTENTS, FOLDER

LANGUAGES = {"en": "en-GB", "pt": "pt-BR", "es": "es-ES"}
SCALE = 2  # pixels for each of the page's, before the picture is made as wide as it is shown on a fine screen
WIDEST = 1200
QUALITY = 65  # of WebP: letters stay clean, a picture stays near 40 KB
SIDE = 54  # of the page at the left and right that is not shown
EDGE = 16  # above what is shown

HEAD, ROW, VISIBLE = 33, 33, 8  # of a table: pixels, pixels, rows

Act = Callable[[Page, Shown], None]


@dataclass(frozen=True)
class Shot:
    """How a picture is taken: the page's address and width, what is done there first, and what is shown of it: so many pixels, from the
    first element `of` on (a panel's own width) with `above` more over it (or less), or from the top of the window."""

    address: str
    height: int
    width: int = 1040
    of: str | None = None
    first: Act = lambda _page, _product: None
    above: int = EDGE


def open_a_line(page: Page, product: Shown) -> None:
    """The most valuable line whose new price and reinstatement are both known and dearer."""
    viewer, today = Viewer.of_email(product.store, product.log_in("primary")["email"]), product.store.settings.today()

    def of(sort: str | None, **filters: tuple[str, ...]) -> list[dict[str, Any]]:
        return run(renewals, viewer, Filters(**filters), today=today, form="detail", sort=sort, totals=False).rows

    for line in of("-amount", country=("BR",)):
        dearer = [cost.change for cost in waiting.waiting(viewer, line, today).costs if cost.change]
        of_quote = of(None, quote=(line["quote_number"],))
        if len(dearer) > 1 and (place := of_quote.index(line)) < VISIBLE:
            break
    page.goto(f"{product.url}/renewals?quote={line['quote_number']}")
    drawn(page)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 300, "y": HEAD + ROW * place + ROW / 2})
    page.get_by_test_id("stDialog").wait_for()


def open_largest(page: Page, _product: Shown) -> None:
    page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": HEAD + ROW / 2})
    page.wait_for_url("**/customer?**")


def twelve_months(page: Page, _product: Shown) -> None:
    page.get_by_role("radiogroup").nth(1).get_by_role("radio").nth(2).click()  # the first is the way to the orders
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


def open_a_person(page: Page, _product: Shown) -> None:
    page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": HEAD + ROW * 1.5})
    page.get_by_role("radiogroup").nth(1).wait_for()


def be_busy(product: Shown) -> None:
    """Acts for the audit to tell: privileges changed, somebody kept out and let in again, an attempt that is refused."""
    primary = Viewer.of_email(product.store, product.log_in("primary")["email"])
    one, two, *_more = (person for person in users.people(primary) if person.role == "user")
    users.change(primary, one.email, one.site, one.version, "user", JOBS["account_manager"][1])
    users.suspend(primary, two.email, two.site)
    users.restore(primary, two.email, two.site)
    with suppress(AccessDenied):
        users.suspend(Viewer.of_email(product.store, two.email), one.email, one.site)


SHOTS = {
    "home": Shot("/?in-currency=BRL", 800, 1400),
    "renewals": Shot("/renewals?in-currency=BRL", 520, 1240, of="[data-testid=stMetric]"),
    "line": Shot("/renewals", 480, of="[data-testid=stDialog] [role=dialog]", first=open_a_line, above=-290),
    "customer": Shot("/customers", 640, 1180, first=open_largest, of="h1"),
    "customers": Shot("/customers?in-currency=BRL", 600, of="[data-testid=stPlotlyChart]", above=92),
    "orders": Shot("/order-history?in-currency=BRL", 620, first=twelve_months, of="[data-testid=stMetric]"),
    "prices": Shot("/price-files", 620, of="[data-testid=stDataFrame]", above=360),
    "data": Shot("/data", 400, of="h1", first=try_a_file),
    "requests": Shot("/access-requests", 440, 1240, of="h1"),
    "users": Shot("/users", 760, 1240, of="h1", first=open_a_person),
    "audit": Shot("/audit", 520, 1400, of="h1"),
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
    """The pictures of these chapters in one language and theme."""
    context = browser.new_context(locale=LANGUAGES[language], timezone_id="America/Sao_Paulo", color_scheme=theme, device_scale_factor=SCALE)
    context.set_default_timeout(PATIENCE)
    page, person = context.new_page(), product.log_in("primary")
    sign_in(page, product.url, person["email"], person["password"])
    for name in names:
        image, written = taken(page, product, SHOTS[name]), BytesIO()
        image.save(written, "WEBP", quality=QUALITY, method=6)
        key, mark = f"{name}-{language}-{theme}", hashlib.sha256(written.getvalue()).hexdigest()[:8]
        contents[key] = {"file": f"{key}-{mark}.webp", "width": image.width, "height": image.height}
        (FOLDER / f"{key}-{mark}.webp").write_bytes(written.getvalue())
        print(key, len(written.getvalue()))
    context.close()


def main(names: Sequence[str]) -> None:
    contents = json.loads(CONTENTS.read_text()) if names else {}
    wanted = names or [chapter.name for chapter in CHAPTERS]
    with shown() as product, sync_playwright() as playwright:
        be_busy(product)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language in LANGUAGES:
            for theme in THEMES:
                pictures(browser, product, language, theme, wanted, contents)
        browser.close()
    CONTENTS.write_text(json.dumps(dict(sorted(contents.items())), indent=1) + "\n")
    for replaced in {path.name for path in FOLDER.glob("*.webp")} - {str(one["file"]) for one in contents.values()}:
        (FOLDER / replaced).unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
