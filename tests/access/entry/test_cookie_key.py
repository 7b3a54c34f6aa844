"""The cookie key: given or made, never a default."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pao_core.access.entry.cookie_key import FILE, _key, cookie_key
from pao_core.config import Settings
from pao_core.locale import Refused


def settings(folder: Path, key: str | None = None) -> Settings:
    return Settings.from_environment({"PAO_DATA_DIR": str(folder), "PAO_COOKIE_KEY": key or ""})


def test_a_configured_key_is_the_key_and_makes_no_file(tmp_path: Path) -> None:
    assert cookie_key(settings(tmp_path, "k" * 32)) == b"k" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["k", "some_key", "k" * 31])
def test_a_short_key_is_refused_where_it_is_used_and_nowhere_else(tmp_path: Path, key: str) -> None:
    read = settings(tmp_path, key)  # every other command goes on
    with pytest.raises(Refused, match="PAO_COOKIE_KEY is shorter than 32 bytes"):
        cookie_key(read)


def test_without_one_a_key_is_made_once_for_this_installation_alone(tmp_path: Path) -> None:
    made = cookie_key(settings(tmp_path / "a"))
    _key.cache_clear()
    assert cookie_key(settings(tmp_path / "a")) == made != cookie_key(settings(tmp_path / "b"))
    assert len(made) >= 64


def test_nobody_else_on_the_machine_may_read_the_key_file(tmp_path: Path) -> None:
    cookie_key(settings(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        keys = set(threads.map(lambda _: _key.__wrapped__(None, tmp_path), range(16)))
    assert len(keys) == 1 and [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", [b"", b"short", b"\n" * 64])
def test_a_damaged_key_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Refused, match=FILE):
        cookie_key(settings(tmp_path))
