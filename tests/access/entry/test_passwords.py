"""Passwords: what may be one, and how it is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from keys import NOW, PASSWORD
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, update

from pao_core.access.entry import passwords, sessions
from pao_core.access.entry.sign_in import sign_in
from pao_core.locale import Refused
from pao_core.store.engine import Store
from pao_core.store.schema import audit, users

TODAY = "$argon2id$v=19$m=65536,t=3,p=4$"


@pytest.mark.parametrize("password", ["x" * 11, "x" * 129, "", None, 12345678901234, b"seven green umbrellas", ["seven green umbrellas"]])
def test_a_password_has_12_to_128_characters(password: object) -> None:
    with pytest.raises(Refused, match="12 to 128"):
        passwords.check_new(password)


COMMON = [
    "123456789012", "password1234", "passwordpassword", "qwertyuiopas", "aaaaaaaaaaaa", "PASSWORD1234", "abcdefghijkl", "q1w2e3r4t5y6",
    "ana@boreal.example", "Ana Prado 12", "boreal.example1",
]


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_its_variant_and_ones_own_name_are_refused(password: str) -> None:
    with pytest.raises(Refused, match="too easy"):
        passwords.check_new(password, "ana@boreal.example", "Ana Prado")


@pytest.mark.parametrize("password", [
    PASSWORD, "correct horse battery", "todominúsculas e só letras", "a frase que só eu conheço " * 4, "密码不是常见的一个词语哦", "tr0ub4dor&3xyz",
    " spaces stay as typed ",
])
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    assert passwords.check_new(password, "ana@boreal.example", "Ana Prado") == password


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    kept = [passwords.hashed(PASSWORD) for _ in range(2)]
    assert kept[0] != kept[1] and all(one.startswith(TODAY) for one in kept)
    assert passwords.matches(PASSWORD, kept[0]) == (True, None)


def test_every_character_of_a_long_password_counts() -> None:
    long = "é" * 127
    assert passwords.matches(long + "a", passwords.hashed(long + "a"))[0]
    assert not passwords.matches(long + "b", passwords.hashed(long + "a"))[0]


@pytest.mark.parametrize("kept", [None, "", "plain text", "$2b$12$abcdefghijklmnopqrstuv", TODAY, "$argon2id$"])
def test_what_is_no_hash_matches_no_password(kept: str | None) -> None:
    for password in (PASSWORD, "", "plain text"):
        assert passwords.matches(password, kept)[0] is False


def test_a_hash_of_older_parameters_is_renewed_at_sign_in(store: Store, ana: str) -> None:
    older = Argon2Hasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash(PASSWORD)
    with store.writing("test") as writing:
        writing.connection.execute(update(users).values(password_hash=older))
    sid = sessions.exchange(store, sign_in(store, ana, PASSWORD, None, NOW), NOW)
    with store.reading() as connection:
        assert (connection.scalar(select(users.c.password_hash)) or "").startswith(TODAY)
        assert connection.scalars(select(audit.c.act)).all().count("password.rehashed") == 1
    assert sessions.viewer(store, sid, NOW) is not None
    assert sign_in(store, ana, PASSWORD, None, NOW) is not None


def test_an_import_that_holds_the_store_delays_no_sign_in(store: Store, ana: str) -> None:
    older = Argon2Hasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash(PASSWORD)
    with store.writing("test") as writing:
        writing.connection.execute(update(users).values(password_hash=older))
    with store.writing("a long import"), ThreadPoolExecutor(1) as thread:
        sid = thread.submit(lambda: sessions.exchange(store, sign_in(store, ana, PASSWORD, None, NOW), NOW)).result(timeout=10)
        assert sessions.viewer(store, sid, NOW) is not None


def test_a_burst_of_checks_holds_the_memory_of_two() -> None:
    assert passwords._turns._initial_value == 2  # type: ignore[attr-defined]
    kept = passwords.hashed(PASSWORD)
    with ThreadPoolExecutor(8) as threads:
        assert all(right for right, _ in threads.map(lambda _: passwords.matches(PASSWORD, kept), range(8)))
