"""`python -m benchmarks [--lines N] [--data DIR]`: one table of figures; a kept DIR is not filled again."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
from sqlalchemy import func, select, text, update

from benchmarks import served
from pao_core import replica, report, report_csv
from pao_core.access import Viewer
from pao_core.catalogue import PAGES, find
from pao_core.config import PROJECT, Settings
from pao_core.demo import demonstration
from pao_core.export.csv import table_csv
from pao_core.export.xlsx import table_xlsx
from pao_core.filters import Filters
from pao_core.store.engine import Store
from pao_core.store.migrate import migrate
from pao_core.store.schema import orders, prices

TODAY = date(2026, 11, 24)
CHANGED_ROWS = 1_000
EXPORTED_ROWS = 200_000
# Filter changes as a reader makes them, by filters that every report has, each asked once: so none is answered from memory.
QUESTIONS: list[dict[str, list[str]]] = [
    {}, {"country": ["BR"]}, {"country": ["PT", "MX"]}, {"from": ["2025-11-25"]}, {"from": ["2026-01-01"], "to": ["2026-11-24"]},
    {"from": ["2026-08-25"]}, {"product-group": ["Automation"]}, {"product-group": ["Security"], "country": ["BR"]}, {"customer": ["ar"]},
    {"program": ["PA"]}, {"program": ["PAX"], "from": ["2024-11-25"]}, {"anniversary-month": ["1"]},
    {"anniversary-from": ["12-01"], "anniversary-to": ["02-28"]}, {"from": ["2024-11-25"]}, {"country": ["CL"]}, {"customer": ["hospital"]},
]
MOST_CUSTOMERS = 16
LAUNCH = ("import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); "
          "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True); sys.exit(code)")
say = print


def main() -> None:
    """Fill a store, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lines", type=int, default=1_000_000)
    asked.add_argument("--data", type=Path)
    asked.add_argument("--pages", action="store_true", help="the pages alone")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = given.data or Path(folder)
        say(f"# Benchmarks: {given.lines:,} order lines\n\n| what | figure |\n|---|---|")
        store, log_ins = _filled(data, given.lines)
        _replica(store)
        _pages(store, data, log_ins)
        if given.pages:
            return
        _against_the_store(store, log_ins)
        _exports(store, log_ins)
        replica.forget(store)
        _imports(store, Path(folder))
        store.dispose()


def row(what: str, figure: str) -> None:
    """One line of the table."""
    say(f"| {what} | {figure} |", flush=True)


def _filled(data: Path, lines: int) -> tuple[Store, list[dict[str, str]]]:
    store = Store(Settings.from_environment({"PAO_DATA_DIR": str(data)}))
    migrate(store)
    if not demonstration.present(store):
        started = time.perf_counter()
        demonstration.load(store, lines=lines, today=TODAY)
        row("demonstration loaded", f"{time.perf_counter() - started:.1f} s")
    return store, demonstration.log_ins(store)


def _replica(store: Store) -> None:
    started = time.perf_counter()
    reader = replica.reader(store)
    reader.rows(select(func.count()).select_from(orders))
    row("replica claimed or built whole", f"{time.perf_counter() - started:.2f} s")
    taken = []
    for turn in range(5):
        ids = select(orders.c.id).where(orders.c.id > turn * CHANGED_ROWS).order_by(orders.c.id).limit(CHANGED_ROWS)
        with store.writing("benchmark") as writing:
            writing.connection.execute(update(orders).where(orders.c.id.in_(ids)).values(status="accepted", txn=writing.txn))
        started = time.perf_counter()
        reader.rows(select(func.count()).select_from(orders).where(orders.c.status == "accepted"))
        taken.append((time.perf_counter() - started) * 1000)
    row(f"{CHANGED_ROWS:,} changed rows visible", f"median {statistics.median(taken):.0f} ms")


def _pages(store: Store, data: Path, log_ins: list[dict[str, str]]) -> None:
    primaries = [person for person in log_ins if person["role"] == "primary"]
    with served.server(data) as port:
        for person in primaries[:2]:
            sid = served.session(store, person["email"], person["password"])
            seen = report.run(find("order-history"), Viewer.of_email(store, person["email"]), Filters(), today=TODAY, form="detail",
                              limit=1, totals=False).count
            for page in PAGES:
                taken = served.changes(port, sid, page, QUESTIONS)
                row(f"filter change on /{page}, {seen:,} visible lines, replica check included", _told(taken))
            for which, customers in _customers(Viewer.of_email(store, person["email"])).items():
                asked = [{"agreement": [one]} for one in customers]
                row(f"another customer on /customer, {which}, {seen:,} visible lines", _told(served.changes(port, sid, "customer", asked)))
            files = [{"country": [country], "currency": [currency], "file": [f"{family}:{when}"]} for country, currency in _lists(store)
                     for family, when in (("software", "current+future"), ("saas", "future"))]
            for which, asked in (("of a list first seen", files[::2]), ("of a list seen before", files[1::2])):
                row(f"another price file on /price-files, {which}", _told(served.changes(port, sid, "price-files", asked)))
            row(f"/home after a change of the data, {seen:,} visible lines", _told([_home(store, port, sid, turn) for turn in range(8)]))


def _told(taken: list[float]) -> str:
    return f"median {statistics.median(taken):.0f} ms, slowest {max(taken):.0f} ms of {len(taken)}"


def _customers(viewer: Viewer) -> dict[str, list[str]]:
    """Agreements by how many lines they have: some of all, evenly; and mostly the largest."""
    with_agreement = Filters(program=("PA", "PAX", "ELA"))
    rows = report.run(find("customer-activity"), viewer, with_agreement, today=TODAY, by="customer", sort="-lines", totals=False).rows
    evenly = [(2 * place + 1) * len(rows) // (2 * MOST_CUSTOMERS) for place in range(MOST_CUSTOMERS)]
    largest = [int(len(rows) ** (place / MOST_CUSTOMERS)) - 1 for place in range(MOST_CUSTOMERS)]
    return {which: [rows[rank]["customer"] for rank in dict.fromkeys(ranks)] for which, ranks in (("any", evenly), ("mostly the largest", largest))}


def _lists(store: Store) -> list[tuple[str, str]]:
    """Country and currency of each price list."""
    with store.reading() as connection:
        return [(row.country, row.currency) for row in connection.execute(select(prices.c.country, prices.c.currency).distinct())]


def _home(store: Store, port: int, sid: str, turn: int) -> float:
    """The page opened after one line changed, so that nothing is remembered."""
    with store.writing("benchmark") as writing:
        writing.connection.execute(update(orders).where(orders.c.id == turn + 1).values(status="fulfilled", txn=writing.txn))
    return served.opening(port, sid, "")


def _against_the_store(store: Store, log_ins: list[dict[str, str]]) -> None:
    """The same sums read from the copy and from SQLite itself, in turn."""
    if store.on_postgresql:
        return
    viewer = Viewer.of_email(store, next(person["email"] for person in log_ins if person["role"] == "primary"))
    plain = text("SELECT strftime('%Y-%m', order_date), currency, count(*), sum(amount) FROM orders "
                 "WHERE reseller_site_number = :own OR distributor_site_number = :own GROUP BY 1, 2")

    def by_copy(turn: int) -> None:
        report.run(find("order-history"), viewer, Filters(to=date(2026, 11, 24 - turn)), today=TODAY, by="month", measures=("lines", "amount"),
                   totals=False)

    def by_store(_turn: int) -> None:
        with store.reading() as connection:
            connection.execute(plain, {"own": viewer.sites()[0]}).all()

    copy, direct = _in_turn(by_copy, by_store)
    row("lines and amount by month, copy / SQLite itself", f"{copy:.0f} ms / {direct:.0f} ms = {copy / direct:.2f}")


def _in_turn(first: Callable[[int], None], second: Callable[[int], None], rounds: int = 5) -> tuple[float, float]:
    """Median milliseconds of both, run in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds):
        for which, act in enumerate((first, second)):
            started = time.perf_counter()
            act(turn)
            taken[which].append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _exports(store: Store, log_ins: list[dict[str, str]]) -> None:
    viewer = Viewer.of_email(store, next(person["email"] for person in log_ins if person["role"] == "primary"))
    result = report.run(find("order-history"), viewer, Filters(), today=TODAY, form="detail", limit=EXPORTED_ROWS, totals=False)
    columns = result.columns[:14]

    def ours(_turn: int) -> None:
        table_xlsx("x", columns, result.rows, words=[])

    def theirs(_turn: int) -> None:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for line in result.rows:
            sheet.append([line[column.name] for column in columns])
        book.save(Path(tempfile.gettempdir()) / "pao-benchmark.xlsx")

    xlsx, other = _in_turn(ours, theirs, rounds=1)
    row(f"XLSX of {len(result.rows):,} x 14, ours / openpyxl", f"{xlsx / 1000:.1f} s / {other / 1000:.1f} s = {xlsx / other:.2f}")
    _all_columns, statement = report.ordered(find("order-history"), viewer, Filters(), today=TODAY, form="detail")
    statement = statement.with_only_columns(*(statement.selected_columns[column.name] for column in columns)).limit(EXPORTED_ROWS)

    def by_column(_turn: int) -> None:
        report_csv.of_statement(viewer, columns, statement)

    def by_row(_turn: int) -> None:
        table_csv(columns, report.run(find("order-history"), viewer, Filters(), today=TODAY, form="detail", limit=EXPORTED_ROWS, totals=False).rows)

    made, other = _in_turn(by_column, by_row, rounds=3)
    row(f"CSV of {len(result.rows):,} x 14 from the copy, by column / row by row", f"{made / 1000:.2f} s / {other / 1000:.2f} s = {made / other:.2f}")


def _imports(store: Store, folder: Path) -> None:
    """The order book as CSV and 200 thousand prices as XLSX, each through the command line into another store; while the
    first loads, people sign in and change filters there."""
    book, price_list, data = folder / "orders.csv", folder / "prices.xlsx", folder / "another"
    _write_files(store, book, price_list)
    another = Store(Settings.from_environment({"PAO_DATA_DIR": str(data)}))
    migrate(another)
    demonstration.load(another, lines=20_000, today=TODAY)
    person, colleague = demonstration.log_ins(another)[:2]  # who signs in again and again ends the oldest of the own sessions
    with served.server(data) as port:
        sid = served.session(another, person["email"], person["password"])
        served.changes(port, sid, "order-history", [{}])
        importing = Importing(data, book, "orders", "--set", "order_type=media", "--create-missing")
        signing_in, changing, at = [], [], 0
        while not importing.ended():
            started = time.perf_counter()
            served.session(another, colleague["email"], colleague["password"])
            signing_in.append((time.perf_counter() - started) * 1000)
            changing += served.changes(port, sid, "order-history", [{"country": [("BR", "MX", "CL", "PT")[at % 4]], "from": ["2026-01-01"]}])
            at += 1
        _say_import("the order book, CSV", importing)
        row("sign-in while it loads", f"median {statistics.median(signing_in):.0f} ms, slowest {max(signing_in):.0f} ms of {len(signing_in)}")
        row("filter change while it loads", f"median {statistics.median(changing):.0f} ms, slowest {max(changing):.0f} ms of {len(changing)}")
    importing = Importing(data, price_list, "prices", "--create-missing")
    importing.ended(wait=True)
    _say_import("200 thousand prices, XLSX", importing)
    another.dispose()


def _write_files(store: Store, book: Path, price_list: Path) -> None:
    names = ("reseller_site_number", "order_number", "line_number", "order_date", "site_number", "part_number", "quantity", "unit_price", "currency")
    with store.reading() as connection:
        with book.open("w") as file:
            file.write(",".join(names) + "\n")
            for line in connection.execute(select(*(orders.c[name] for name in names))).yield_per(10_000):
                file.write(f"{line[0]},B{','.join(map(str, line[1:]))}\n")  # other order numbers than the store's own
        sheet = (target := openpyxl.Workbook(write_only=True)).create_sheet()
        columns = (prices.c.part_number, prices.c.country, prices.c.currency, prices.c.price_level, prices.c.effective_from, prices.c.unit_price)
        sheet.append([column.name for column in columns])
        for line in connection.execute(select(*columns).limit(200_000)):
            sheet.append(list(line))
        target.save(price_list)


class Importing:
    """An import through the command line, and what it took in the end."""

    def __init__(self, data: Path, file: Path, dataset: str, *more: str) -> None:
        self.said = (data / f"import-{dataset}.log").open("w+")
        self.started = time.perf_counter()
        # A small process between: the peak of a child begins at what its parent had when it was forked.
        self.process = subprocess.Popen([sys.executable, "-c", LAUNCH, sys.executable, "-m", "pao_core", "import", str(file),
                                         "--dataset", dataset, *more], cwd=PROJECT,
                                        stdout=self.said, stderr=subprocess.STDOUT, env=os.environ | {"PAO_DATA_DIR": str(data)})
        self.took = ""

    def ended(self, wait: bool = False) -> bool:
        """Whether it is over; then `took` says exit code, seconds and the peak memory of its greatest process."""
        if wait:
            self.process.wait()
        if self.process.poll() is not None and not self.took:
            self.said.seek(0)
            *_answer, peak = self.said.read().strip().splitlines()
            self.took = f"exit {self.process.returncode}, {time.perf_counter() - self.started:.1f} s, peak {int(peak) / 1024:.0f} MB"
        return bool(self.took)


def _say_import(what: str, importing: Importing) -> None:
    importing.said.seek(0)
    row(f"import of {what}", f"{importing.took}, {importing.said.readline().strip()[:200]}")


if __name__ == "__main__":
    main()
