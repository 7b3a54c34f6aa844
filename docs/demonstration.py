"""Draw the shape of a loaded demonstration: `python docs/demonstration.py DATA_DIR`.

One picture for each question of docs/demonstration.md, counted from the rows alone and written to
docs/pictures/demonstration/. Needs the browser of the tests.
"""

from __future__ import annotations

import json
import math
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from plotly.offline import get_plotlyjs
from sqlalchemy import text

from pao_core import replica
from pao_core.charts.paper import PALETTES, base
from pao_core.config import Settings
from pao_core.store.engine import Store

FOLDER = Path(__file__).parent / "pictures" / "demonstration"
FONT = Path(__file__).parent.parent / "data" / "fonts" / "hanken-grotesk-latin-wght-normal.woff2"
INK = PALETTES["light"]
WIDTH, HEIGHT, SCALE, COLOURS = 680, 260, 2, 48
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BUCKETS, BUCKET_ENDS = ("overdue", "0-30", "31-60", "61-90", "91-120", "121-180", "later"), (-1, 30, 60, 90, 120, 180)
STATUSES = ("ordered", "awaiting_form", "provisioning", "active", "suspended", "expired")
PAGE = """<!doctype html><meta charset="utf-8"><style>@font-face{{font-family:Hanken;src:url({font})}} body{{margin:0;background:{page}}}
.drawn{{width:{width}px;padding:12px 16px;background:{page}}}</style>{divs}<script>{plotly}</script><script>
document.fonts.load('12px Hanken').then(() => {{ for (const [name, figure] of Object.entries({figures}))
Plotly.newPlot(name, figure.data, figure.layout, {{staticPlot: true}}); document.body.dataset.drawn = 1; }});</script>"""
Figure = dict[str, Any]
Ask = Callable[[str], Sequence[Any]]


def sheet(x: str, y: str) -> Figure:
    """An empty sheet with named axes."""
    layout = base(INK, HEIGHT)
    layout["font"]["family"] = "Hanken"
    layout["margin"] = {"l": 8, "r": 8, "t": 12, "b": 8}
    layout["xaxis"].update(title={"text": x, "font": {"size": 12, "color": INK["muted"]}})
    layout["yaxis"].update(visible=True, showgrid=True, gridcolor=INK["line"], title={"text": y, "font": {"size": 12, "color": INK["muted"]}},
                           rangemode="tozero")
    return layout


def bars(x: Sequence[Any], y: Sequence[float], of: str, counts: str, *, gap: float = 0.25) -> Figure:
    layout = sheet(of, counts)
    layout["bargap"] = gap
    return {"data": [{"type": "bar", "x": list(x), "y": list(y), "marker": {"color": INK["accent"]}}], "layout": layout}


def lines(series: dict[str, tuple[Sequence[Any], Sequence[float]]], of: str, counts: str) -> Figure:
    layout = sheet(of, counts)
    layout.update(showlegend=True, legend={"orientation": "h", "y": 1.12, "x": 0, "font": {"color": INK["text"], "size": 12}})
    return {"data": [
        {"type": "scatter", "mode": "lines+markers", "name": name, "x": list(x), "y": list(y), "line": {"color": colour, "width": 2},
         "marker": {"size": 5}} for (name, (x, y)), colour in zip(series.items(), INK["series"], strict=False)], "layout": layout}


def months_of_orders(ask: Ask) -> Figure:
    found = ask("SELECT strftime(order_date, '%Y-%m-01'), count(*) FROM orders GROUP BY 1 ORDER BY 1")
    return bars([month for month, _count in found], [count for _month, count in found], "month", "order lines", gap=0.15)


def seasons(ask: Ask) -> Figure:
    found = ask("""SELECT month(order_date) - 1, order_type, count(*) FROM orders WHERE order_type IN ('purchase', 'renewal')
        AND order_date > (SELECT max(order_date) FROM orders) - INTERVAL 4 YEAR GROUP BY 1, 2 ORDER BY 1""")
    whole = {kind: sum(count for _month, at, count in found if at == kind) for kind in ("purchase", "renewal")}
    return lines({name: (MONTHS, [100 * count / whole[kind] for _month, at, count in found if at == kind])
                  for name, kind in (("purchases", "purchase"), ("renewals", "renewal"))}, "month of the year", "% of four years' lines")


def skew(ask: Ask) -> Figure:
    found = [count for (count,) in ask("""SELECT count(*) FROM orders JOIN sites USING (site_number)
        GROUP BY coalesce(agreement_number, site_number) ORDER BY 1 DESC""")]
    reached = [0, *accumulate(found)]
    places = [*range(0, len(reached) - 1, max(1, len(found) // 200)), len(found)]
    figure = lines({"": ([100 * place / len(found) for place in places], [100 * reached[place] / reached[-1] for place in places])},
                   "% of customers, the largest first", "% of order lines")
    figure["data"][0]["mode"], figure["layout"]["showlegend"] = "lines", False
    figure["layout"]["xaxis"]["range"], figure["layout"]["yaxis"]["range"] = [0, 100], [0, 100]
    return figure


def due_months(ask: Ask) -> Figure:
    found = ask("""SELECT month(due_date) - 1, program, count(*) FROM renewals JOIN sites USING (site_number)
        JOIN agreements USING (agreement_number) GROUP BY 1, 2 ORDER BY 1""")
    whole = {program: sum(count for _month, at, count in found if at == program) for program in ("PA", "PAX")}
    return lines({name: (MONTHS, [100 * count / whole[program] for _month, at, count in found if at == program])
                  for name, program in (("Passport Advantage", "PA"), ("Express", "PAX"))}, "month in which lines fall due", "% of lines")


def due_days(ask: Ask) -> Figure:
    found = ask("SELECT day(due_date), count(*) FROM renewals GROUP BY 1 ORDER BY 1")
    figure = bars([day for day, _count in found], [count for _day, count in found], "day of the month on which lines fall due",
                  "lines, logarithmic")
    figure["layout"]["yaxis"].update(type="log", dtick=1)
    return figure


def cohorts(ask: Ask) -> Figure:
    found = ask("""
        WITH term AS (
            SELECT o.* FROM orders o JOIN parts USING (part_number)
            WHERE part_type IN ('subscription', 'fixed_term', 'committed_term') AND quantity > 0 AND o.status <> 'cancelled'
        ), asked AS (
            SELECT *, year(coverage_start) AS cohort FROM term, (SELECT unnest(range(0, 5)) AS age)
            WHERE order_type = 'purchase' AND coverage_start + INTERVAL 1 YEAR * age < (SELECT max(order_date) FROM orders) - 75
        )
        SELECT cohort, age, 100 * avg(CAST(age = 0 OR EXISTS (
            SELECT 1 FROM term t WHERE t.order_type = 'renewal' AND t.reseller_site_number = asked.reseller_site_number
            AND t.site_number = asked.site_number AND t.part_number = asked.part_number
            AND t.coverage_start = asked.coverage_start + INTERVAL 1 YEAR * age
        ) AS INTEGER)) FROM asked GROUP BY 1, 2 HAVING count(*) > 20 ORDER BY 1, 2""")
    years = sorted({year for year, _age, _share in found})
    return lines({str(year): ([age for at, age, _share in found if at == year], [share for at, _age, share in found if at == year])
                  for year in years}, "years after the purchase of a term license", "% renewed so far")


def renewed(ask: Ask) -> Figure:
    found = ask("""SELECT strftime(due_date, '%Y-%m-01'), part_type, avg(CAST(status = 'renewed' AS INTEGER)) * 100 FROM renewals
        JOIN parts USING (part_number) WHERE part_type IN ('renewal', 'saas', 'fixed_term')
        AND due_date < (SELECT max(order_date) FROM orders) - 75 GROUP BY 1, 2 HAVING count(*) > 20 ORDER BY 1""")
    return lines({name: ([month for month, kind, _share in found if kind == key], [share for _month, kind, share in found if kind == key])
                  for key, name in (("renewal", "support"), ("saas", "SaaS"), ("fixed_term", "fixed term"))},
                 "month in which lines fell due", "% renewed")


def lead_times(ask: Ask) -> Figure:
    found = ask("SELECT datediff('day', due_date, renewed_on), count(*) FROM renewals WHERE renewed_on IS NOT NULL GROUP BY 1 ORDER BY 1")
    figure = bars([day for day, _count in found], [count for _day, count in found], "days from the due date to the renewal", "lines", gap=0.05)
    figure["data"][0]["marker"]["color"] = [INK["soon"] if day > 0 else INK["accent"] for day, _count in found]
    return figure


def price_rises(ask: Ask) -> Figure:
    found = ask("""SELECT round(200.0 * (unit_price / CAST(prior_unit_price AS DOUBLE) - 1)) / 2, count(*) FROM renewals
        WHERE prior_unit_price IS NOT NULL GROUP BY 1 ORDER BY 1""")
    return bars([rise for rise, _count in found], [count for _rise, count in found], "% above the price paid a year before", "lines", gap=0.1)


def buckets(ask: Ask) -> Figure:
    found = ask("""SELECT datediff('day', (SELECT max(order_date) FROM orders), due_date), count(*) FROM renewals WHERE status = 'open' GROUP BY 1""")
    sizes = [0] * (len(BUCKET_ENDS) + 1)
    for days, count in found:
        sizes[bisect_left(BUCKET_ENDS, days)] += count
    figure = bars(BUCKETS, sizes, "days to the due date", "open lines")
    figure["data"][0]["text"] = [f"{size:,}" for size in sizes]
    figure["layout"]["xaxis"]["type"] = "category"
    return figure


def use(ask: Ask) -> Figure:
    found = ask("""SELECT least(round(used_quantity * 20.0 / entitled_quantity) * 5, 140), count(*) FROM usage
        JOIN subscriptions USING (reseller_site_number, subscription_number) WHERE entitled_quantity >= 20000 GROUP BY 1 ORDER BY 1""")
    figure = bars([float(share) for share, _count in found], [count for _share, count in found],
                  "% of its entitlement that a service uses in a month", "months of use", gap=0.1)
    figure["data"][0]["marker"]["color"] = [INK["soon"] if share > 100 else INK["accent"] for share, _count in found]
    return figure


def fulfillment(ask: Ask) -> Figure:
    found = ask("SELECT fulfillment_status, count(*) FROM subscriptions GROUP BY 1")
    sizes = [sum(count for status, count in found if status == name) for name in STATUSES]
    figure = bars([name.replace("_", " ") for name in STATUSES], sizes, "fulfilment of subscriptions", "subscriptions, logarithmic")
    figure["data"][0]["text"] = [f"{size:,}" for size in sizes]
    figure["layout"]["yaxis"].update(type="log", dtick=1)
    return figure


def judged(ask: Ask, truth: dict[str, Any]) -> Figure:
    """What the written rule gives for settled lines of support, in tenths, against what became of them."""
    found = ask("""
        WITH done AS (SELECT DISTINCT site_number, due_date, renewed_on > due_date AS late FROM renewals WHERE renewed_on IS NOT NULL)
        SELECT r.unit_price / CAST(r.prior_unit_price AS DOUBLE) - 1, program, customer_type, r.status = 'renewed', coalesce(late, false)
        FROM renewals r JOIN parts USING (part_number) JOIN sites USING (site_number) JOIN agreements USING (agreement_number)
        LEFT JOIN done ON done.site_number = r.site_number AND done.due_date + INTERVAL 1 YEAR = r.due_date
        WHERE part_type = 'renewal' AND r.due_date < (SELECT max(order_date) FROM orders) - 75
        AND r.due_date > (SELECT min(due_date) FROM renewals) + 366""")
    odds = truth["renewal"]["log_odds"]
    scored = []
    for rise, program, kind, was_renewed, late in found:
        s = odds["part_type"]["renewal"] + odds["program"][program] + odds["customer_type"][kind]
        s += odds["first_renewal"] if rise is None else odds["per_rise"] * rise + odds["after_a_late_one"] * late
        scored.append((1 / (1 + math.exp(-s)), was_renewed))
    scored.sort(key=lambda line: line[0])
    tenths = [scored[len(scored) * place // 10: len(scored) * (place + 1) // 10] for place in range(10)]
    given = [100 * sum(p for p, _was in tenth) / len(tenth) for tenth in tenths]
    figure = lines({"counted": (given, [100 * sum(was for _p, was in tenth) / len(tenth) for tenth in tenths]), "as the rule says": (given, given)},
                   "% probability of the written rule, a tenth of the lines each", "% renewed")
    figure["data"][1]["mode"], figure["layout"]["yaxis"]["rangemode"] = "lines", "normal"
    return figure


DRAWN: dict[str, Callable[[Ask], Figure]] = {
    "orders-by-month": months_of_orders, "seasons": seasons, "skew": skew, "due-by-month": due_months, "due-by-day": due_days,
    "cohorts": cohorts, "renewed": renewed, "lead-times": lead_times, "price-rises": price_rises, "buckets": buckets,
    "use": use, "fulfillment": fulfillment,
}


def draw(figures: dict[str, Figure]) -> None:
    """Write a picture of each figure."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    divs = "".join(f'<div class="drawn" id="{name}"></div>' for name in figures)
    page = PAGE.format(font=FONT.as_uri(), page=INK["page"], width=WIDTH, divs=divs, plotly=get_plotlyjs(), figures=json.dumps(figures))
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        shown = browser.new_page(device_scale_factor=SCALE, viewport={"width": WIDTH + 32, "height": 900})
        shown.goto(file.as_uri())
        shown.wait_for_function("document.body.dataset.drawn")
        for name in figures:
            shot = Image.open(BytesIO(shown.locator(f"#{name}").screenshot())).convert("RGB")
            shot.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)
        browser.close()


def main(data: str) -> None:
    """Draw all figures from the demonstration in the data folder."""
    store = Store(Settings.from_environment({"PAO_DATA_DIR": data}))
    reader = replica.reader(store)

    def ask(statement: str) -> Sequence[Any]:
        return reader.rows(text(statement))

    truth = json.loads((Path(data) / "demonstration-truth.json").read_text(encoding="utf-8"))
    draw({name: figure(ask) for name, figure in DRAWN.items()} | {"judged": judged(ask, truth)})
    replica.forget(store)


if __name__ == "__main__":
    main(sys.argv[1])
