"""The house keeps its rules: who imports whom, where state lives, twins, thin pages, one clock."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1]
PAGES = sorted(path for path in (HOUSE / "pages").glob("*/*.py") if path.parent.name != "parts")
CODE = sorted([*(HOUSE / "pao_core").rglob("*.py"), *(HOUSE / "pages").rglob("*.py"), HOUSE / "app.py"])
NAMED_FOR_NOTHING = re.compile(r"\b(utils?|helpers?|common|managers?|misc)\b")


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def calls(path: Path) -> Iterator[str]:
    """Every called or read dotted name of a file: `datetime.now`, `st.session_state`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def test_imports_go_one_way() -> None:
    # In a process of its own: here `tests` is on the path, and tests/pages would count as pages.
    lint = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"]
    checked = subprocess.run(lint, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_no_page_lies_where_a_cold_server_would_run_it_without_the_frame() -> None:
    assert list((HOUSE / "pages").glob("*.py")) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_page_has_its_twin_in_the_library_and_in_the_tests(page: Path) -> None:
    inside = page.relative_to(HOUSE / "pages")
    assert (HOUSE / "pao_core" / inside).exists()
    assert (HOUSE / "tests" / inside.parent / f"test_{inside.name}").exists()


def test_page_names_are_unique_over_the_sections() -> None:
    stems = [page.stem for page in PAGES]
    assert len(stems) == len(set(stems))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_thin(page: Path) -> None:
    lines = [line for line in page.read_text().splitlines() if not line.startswith(("import ", "from "))]
    assert len(lines) <= 80


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_knows_no_sql_no_store_and_no_other_page(page: Path) -> None:
    tree = ast.parse(page.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    forbidden = {name for name in imported if name.startswith(("sqlalchemy", "pao_core.store", "pao_core.replica", "duckdb"))}
    others = {name for name in imported if name.startswith("pages.") and not name.startswith("pages.parts")}
    assert forbidden | others == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_pages_first_statement_is_its_guard(page: Path) -> None:
    def acts(node: ast.stmt) -> bool:
        constant = isinstance(node, ast.Assign | ast.AnnAssign) and ast.unparse(node).split(" ")[0].rstrip(":").isupper()
        words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return not constant and not words and not isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef)

    statements = [node for node in ast.parse(page.read_text()).body if acts(node)]
    first = ast.unparse(statements[0])
    assert re.search(r"^(\w+ = )?session\.enter(_open)?\(", first), first


@pytest.mark.parametrize("path", [path for path in CODE if "parts" not in path.parts], ids=name_of)
def test_only_parts_touch_session_state_and_the_address(path: Path) -> None:
    assert not {"st.session_state", "st.query_params"} & set(calls(path))


@pytest.mark.parametrize("path", [path for path in CODE if path.name != "config.py"], ids=name_of)
def test_the_clock_is_read_in_one_place(path: Path) -> None:
    read = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    assert not read & set(calls(path))


def test_every_panel_has_a_name_which_is_how_who_cannot_see_it_knows_it() -> None:
    dialogs = [(name_of(path), node.args[0]) for path in CODE for node in ast.walk(ast.parse(path.read_text()))
               if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.dialog"]
    assert len(dialogs) > 10
    assert [where for where, title in dialogs if isinstance(title, ast.Constant)] == []  # a name is said in the reader's language, at the call


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_nothing_is_named_for_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert [name for name in [path.stem, *names] if NAMED_FOR_NOTHING.search(name.replace("_", " ").lower())] == []


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_no_failure_is_swallowed(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            assert not (broad and all(isinstance(one, ast.Pass) for one in node.body)), f"line {node.lineno}"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_every_requirement_is_pinned_and_says_what_it_is_for() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (HOUSE / name).read_text().splitlines():
            assert line.startswith(("#", "-r ")) or re.fullmatch(r"[\w.\-\[\]]+==[\w.]+ +# .+", line), line


def test_no_raw_html_reaches_a_page() -> None:
    for path in CODE:
        assert "unsafe_allow_html" not in path.read_text(), path
