"""The command line: exit 0 only on success, machine answers alone on standard output, refusals that say what to do."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import renewal_lines
import world as worlds
from cast import BOREAL, settle
from shell import answer, pao, started
from sqlalchemy import select

from pao_core.access import Viewer
from pao_core.filters import Filters
from pao_core.reports import saved_views
from pao_core.store.engine import Store
from pao_core.store.schema import orders


@pytest.fixture
def book(sqlite_store: Store) -> worlds.World:
    """A world in the store that the command line opens."""
    settle(sqlite_store)
    world = worlds.make(9, lines=120)
    world.write(sqlite_store)
    return world


def test_every_command_explains_itself() -> None:
    for command in ([], ["serve"], ["import"], ["rates"], ["report"], ["prices"], ["demo"], ["user", "add"], ["user", "list"], ["backup"],
                    ["restore"], ["doctor"], ["mail"]):
        done = pao(*command, "--help")
        assert done.returncode == 0
        assert "Usage" in done.stdout


def test_a_report_as_json_is_what_the_page_shows(book: worlds.World) -> None:
    given = answer("report", "order-history", "--as", "ana@boreal.example", "--country", "BR", "--country", "Portugal", "--by", "country",
                   "--format", "json", "--today", "2026-11-24")
    filters = Filters(country=("BR", "PT"))
    expected = worlds.order_groups(book, worlds.order_lines(book, BOREAL, filters, date(2026, 11, 24)), "country")
    assert list(given) == ["report", "filters", "as_of", "count", "rows", "totals"]
    assert given["filters"] == {"country": ["BR", "PT"]}
    assert {(row["country"], row["currency"]): Decimal(row["amount"]) for row in given["rows"]} == {
        key: row["amount"] for key, row in expected.items()}
    assert list(given["rows"][0]) == ["country", "currency", "orders", "lines", "quantity", "amount"]
    assert {type(row["amount"]) for row in given["rows"]} == {str}
    assert given["count"] == len(expected)
    assert list(given["totals"][0]) == ["currency", "orders", "lines", "quantity", "amount"]


def test_what_falls_due_is_asked_by_days_window_and_direction(book: worlds.World) -> None:
    asked = ("--as", "ana@boreal.example", "--format", "json", "--today", "2026-11-24")
    today = date(2026, 11, 24)
    late = renewal_lines.lines(book, BOREAL, Filters(due=("overdue",)), today, lambda *_all: True)
    given = answer("report", "renewals", "--due", "overdue", *asked)
    assert {(row["bucket"], row["currency"]): (row["lines"], Decimal(row["amount"])) for row in given["rows"]} == {
        key: (row["lines"], row["amount"]) for key, row in renewal_lines.summed(book, late, "bucket", today, ("lines", "amount"), False).items()}
    assert list(given["rows"][0]) == ["bucket", "currency", "quotes", "customers", "lines", "quantity", "amount", "lines_overdue", "amount_overdue"]
    past = answer("report", "due-180-days", "--window", "30", "--direction", "last", "--detail", *asked)["rows"]
    assert [row["due_date"] for row in past] == sorted(
        line["due_date"].isoformat() for line in renewal_lines.lines(book, BOREAL, Filters(), today, lambda *_all: True)
        if -30 <= renewal_lines.days_to(line["due_date"], today) <= 0)
    assert pao("report", "due-180-days", *asked, "--window", "731").returncode == 2
    assert "overdue" in pao("report", "renewals", *asked, "--due", "overdu").stderr
    states = answer("report", "renewals", "--quote-state", "expired", "--by", "quote_state", *asked)["rows"]
    assert {row["quote_state"] for row in states} == {"expired"}


def test_a_report_as_csv_and_xlsx_has_the_same_rows(book: worlds.World, tmp_path: Path) -> None:
    asked = ("report", "order-history", "--as", "carla@aurora.example", "--detail", "--sort", "order_number", "--limit", "20", "--offset", "5")
    rows = answer(*asked, "--format", "json")["rows"]
    machine = started(*asked, "--format", "csv")
    assert machine.stdout.startswith("\ufeff")
    read = list(csv.DictReader(io.StringIO(machine.stdout.removeprefix("\ufeff"))))
    assert [row["order_number"] for row in read] == [row["order_number"] for row in rows]
    assert [row["amount"] for row in read] == [row["amount"] for row in rows]
    done = pao(*asked, "--format", "xlsx", "--output", str(tmp_path / "out.xlsx"))
    assert done.returncode == 0, done.stderr
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    found = list(sheet.iter_rows(values_only=True))
    head = next(number for number, row in enumerate(found) if "Amount" in [str(cell) for cell in row])
    amount = [str(cell) for cell in found[head]].index("Amount")
    assert [Decimal(str(row[amount])) for row in found[head + 1:]] == [Decimal(row["amount"]) for row in rows]


@pytest.mark.parametrize(("arguments", "says"), [
    (["report", "order-histori", "--as", "ana@boreal.example"], "order-history"),
    (["report", "order-history"], "--as"),
    (["report", "order-history", "--as", "ana@boreal.example", "--country", "Brazl"], "Brazil (BR)"),
    (["report", "order-history", "--as", "ana@boreal.example", "--site", "71000"], "710"),
    (["report", "order-history", "--as", "ana@boreal.example", "--anniversary-from", "02-30"], "03-01"),
    (["report", "order-history", "--as", "ana@boreal.example", "--sort", "amout"], "amount"),
    (["report", "order-history", "--as", "ana@boreal.example", "--by", "colour"], "product_group"),
    (["report", "order-history", "--as", "ana@boreal.example", "--limit", "0"], "limit"),
])
def test_a_question_that_cannot_be_meant_is_exit_2_with_what_could_be(book: worlds.World, arguments: list[str], says: str) -> None:
    done = pao(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_an_unknown_or_suspended_person_is_refused(book: worlds.World) -> None:
    done = pao("report", "order-history", "--as", "mallory@x.example", "--format", "json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "mallory@x.example" in done.stderr


def test_the_operator_sees_no_tenant_row(book: worlds.World) -> None:
    done = pao("report", "order-history", "--as", "dora@desk.example", "--format", "json")
    assert (done.returncode, done.stdout) == (1, "")


def test_reports_are_listed_with_their_definitions() -> None:
    listed = answer("report", "--list", "--format", "json")["reports"]
    assert {"customer-activity", "order-history"} <= {report["name"] for report in listed}
    assert all(report["definition"] for report in listed)


def test_an_import_is_one_line_of_json_and_its_exit_code_tells_whether_it_loaded(sqlite_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Pedido;Data;Site;Peça;Qtd;Preço\nA1;24/11/2026;0007123456;D2840LL;2;1.234,56\nA2;25/11/2026;;D2840LL;1;1,00\n")
    asked = ["import", str(file), "--dataset", "orders", "--map", "order_number=Pedido", "order_date=Data", "site_number=Site",
             "part_number=Peça", "quantity=Qtd", "unit_price=Preço", "--set", "currency=BRL", "--reseller", "7000001", "--create-missing"]
    refused = started(*asked, "--rejected-to", str(tmp_path / "rejected.csv"))
    assert refused.returncode == 1
    said = json.loads(refused.stdout)
    assert (said["batch"], said["read"], said["loaded"], said["rejected"]) == (None, 2, 1, 1)
    assert sqlite_store.change_number() == 0
    assert "A2" in (tmp_path / "rejected.csv").read_text("utf-8-sig")
    loaded = answer(*asked, "--skip-rejected")
    assert set(loaded) == {"batch", "dataset", "read", "loaded", "unchanged", "rejected", "warned", "stubs", "seconds"}
    assert (loaded["loaded"], loaded["rejected"], loaded["stubs"]["sites"]) == (1, 1, 1)
    with sqlite_store.reading() as connection:
        row = connection.execute(select(orders)).one()
    assert (row.order_number, row.site_number, row.amount) == ("A1", "7123456", 246912)
    again = answer(*asked, "--skip-rejected")
    assert (again["loaded"], again["unchanged"]) == (0, 1)


def test_a_user_is_added_with_a_link_or_a_password_and_listed(sqlite_store: Store) -> None:
    settle(sqlite_store)
    invited = answer("user", "add", "Eva@Boreal.example", "--name", "Eva", "--reseller", "07000002", "--role", "user", "--format", "json")
    assert "/activation?token=" in invited["activation"]
    done = pao("user", "add", "op@desk.example", "--name", "Op", "--role", "operator", "--password-stdin", stdin="a long and private sentence\n")
    assert done.returncode == 0, done.stderr
    rows = {row["email"]: row for row in answer("user", "list", "--format", "json")["rows"]}
    assert rows["eva@boreal.example"] == {"email": "eva@boreal.example", "name": "Eva", "sites": ["7000002"], "role": "user", "status": "invited"}
    assert rows["op@desk.example"]["role"] == "operator"
    assert pao("user", "add", "x@y.example", "--name", "X").returncode == 2
    assert pao("user", "add", "eva@boreal.example", "--name", "E", "--reseller", "7000002").returncode == 1


def test_a_bad_setting_is_named() -> None:
    for setting, value in (("PAO_TIMEZONE", "Mars/Olympus"), ("PAO_DATABASE_URL", "mysql://x/y"), ("PAO_MAX_ROWS", "many"),
                           ("PAO_DATABASE_URL", "nonsense")):
        done = pao("user", "list", **{setting: value})
        assert done.returncode == 1
        assert setting in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unreachable_database_says_so_and_never_looks_like_no_data() -> None:
    for command in (["report", "order-history", "--as", "ana@boreal.example", "--format", "json"], ["user", "list", "--format", "json"]):
        done = started(*command, PAO_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
        assert (done.returncode, done.stdout) == (1, "")
        assert "cannot be reached" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_doctor_finds_a_sound_installation_sound_and_a_broken_one_broken(sqlite_store: Store) -> None:
    settle(sqlite_store)
    assert all(finding["ok"] for finding in answer("doctor", "--format", "json")["findings"])
    done = pao("doctor", PAO_COOKIE_KEY="short")
    assert done.returncode == 1
    assert "PAO_COOKIE_KEY" in done.stdout
    assert pao("user", "list", PAO_COOKIE_KEY="short").returncode == 0  # only the server needs the key


def test_the_command_line_speaks_the_language_of_the_shell() -> None:
    assert "não" in started("report", "order-histori", "--as", "x", LC_ALL="pt_BR.UTF-8").stderr.lower()


def test_a_backup_is_restored_by_the_command_line(book: worlds.World, sqlite_store: Store, tmp_path: Path) -> None:
    assert pao("backup", str(tmp_path / "b.db")).returncode == 0
    there = {"PAO_DATA_DIR": str(tmp_path / "elsewhere")}
    assert pao("restore", str(tmp_path / "b.db"), **there).returncode == 0
    assert pao("restore", str(tmp_path / "b.db"), **there).returncode == 1
    asked = ("report", "order-history", "--as", "ana@boreal.example", "--format", "json")
    assert answer(*asked, **there)["totals"] == answer(*asked)["totals"]


def test_the_demonstration_comes_and_goes(tmp_path: Path) -> None:
    log_ins = answer("demo", "--lines", "2000", "--today", "2026-11-24", "--format", "json")["log_ins"]
    assert pao("demo").returncode == 1  # it is there already
    primary = next(one["email"] for one in log_ins if one["role"] == "primary")
    assert answer("report", "order-history", "--as", primary, "--format", "json")["count"] > 0
    assert pao("demo", "--remove").returncode == 0
    assert answer("user", "list", "--format", "json")["rows"] == []


def test_the_central_banks_rates_are_loaded_by_one_command_and_their_last_day_is_said(sqlite_store: Store) -> None:
    done = pao("rates", "--since", "2026-10-01")
    first = json.loads(done.stdout)
    assert list(first) == ["batch", "dataset", "read", "loaded", "unchanged", "rejected", "warned", "stubs", "seconds"]
    assert (first["dataset"], first["rejected"]) == ("exchange_rates", 0)
    assert first["read"] == first["loaded"] > 500
    assert re.search(r"The rates end on \d{4}-\d\d-\d\d\.", done.stderr)
    assert answer("rates", "--since", "2026-10-01")["unchanged"] == first["loaded"]
    assert "unchanged  " in pao("rates", "--since", "2026-10-01", "--format", "table").stdout
    assert pao("rates", "--since", "1 October").returncode == 2
    refused = pao("rates", "--since", "2190-01-01")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_a_saved_view_gives_its_filters_and_form_and_options_beside_it_take_the_place_of_its_own(sqlite_store: Store, book: worlds.World) -> None:
    ana = Viewer.of_email(sqlite_store, "ana@boreal.example")
    saved_views.save(ana, "order-history", "Our Brazil", {"country": ["BR"], "form": ["summary"], "by": ["country"], "product-group": ["Zeppelins"]})
    asked = ("report", "order-history", "--as", ana.email, "--view", "OUR brazil", "--today", "2026-11-24", "--format", "json")
    done = pao(*asked)
    assert done.returncode == 0 and "Zeppelins is not known" in done.stderr
    given, plain = json.loads(done.stdout), answer("report", "order-history", "--as", ana.email, "--country", "BR", "--by", "country", *asked[6:])
    assert given == plain and [row["country"] for row in given["rows"]] == ["BR"] * len(plain["rows"]) != []
    other, detail = json.loads(pao(*asked, "--country", "PT").stdout), json.loads(pao(*asked, "--detail").stdout)
    assert other["filters"] == {"country": ["PT"]} and "order_number" in detail["rows"][0]
    for who, name in ((ana.email, "Elsewhere"), ("bob@cedro.example", "Our Brazil")):
        refused = pao("report", "order-history", "--as", who, "--view", name)
        assert (refused.returncode, refused.stdout) == (1, "") and "There is no saved view" in refused.stderr


def test_a_report_explains_its_totals(book: worlds.World) -> None:
    asked = ("report", "order-history", "--as", "ana@boreal.example", "--country", "BR", "--today", "2026-11-24", "--explain")
    given = answer(*asked, "--format", "json")
    lines = worlds.order_lines(book, BOREAL, Filters(country=("BR",)), date(2026, 11, 24))
    assert given["start"] == len(worlds.visible(book, BOREAL))
    assert [(step["filter"], step["rows"], step["left_out"]) for step in given["steps"]] == [
        ("Country/region: Brazil", len(lines), given["start"] - len(lines))]
    assert {(one["measure"], one["currency"]): Decimal(one["total"]) for one in given["totals"] if one["measure"] == "amount"} == {
        ("amount", currency): row["amount"] for (_key, currency), row in worlds.order_groups(book, lines, None).items()}
    assert all(one["total"] == one["of_rows"] for one in given["totals"])
    table = pao(*asked)
    assert "Left out" in table.stdout
    assert "Sum of “Amount” over the rows." in table.stdout
    assert pao(*asked, "--format", "csv").returncode == 2


def test_a_report_as_pdf_goes_to_a_file(book: worlds.World, tmp_path: Path) -> None:
    asked = ("report", "order-history", "--as", "ana@boreal.example", "--format", "pdf")
    assert "--output" in pao(*asked).stderr
    done = pao(*asked, "--output", str(tmp_path / "out.pdf"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
