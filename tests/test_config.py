"""Settings of the environment: what is wrong is refused by name, and a secret is not said."""

from __future__ import annotations

from pathlib import Path

import pytest

from pao_core.config import Settings
from pao_core.locale import Refused

FROM = "PAO Desk <pao@desk.example>"


def read(folder: Path, **environment: str) -> Settings:
    return Settings.from_environment({"PAO_DATA_DIR": str(folder), **environment})


@pytest.mark.parametrize(("url", "read_as"), [
    ("smtp://mail.example", ("mail.example", 25, "none", None)),
    ("smtp://ana:p%40ss%2F@mail.example?starttls=1", ("mail.example", 587, "starttls", "ana")),
    ("smtps://ana:p%40ss%2F@mail.example", ("mail.example", 465, "tls", "ana")),
    ("smtp://ana:p%40ss%2F@127.0.0.1:2525", ("127.0.0.1", 2525, "none", "ana")),
    ("smtps://ana%40desk.example:p%40ss%2F@[::1]:4465/", ("::1", 4465, "tls", "ana@desk.example")),
])
def test_a_mail_server_is_an_address(tmp_path: Path, url: str, read_as: tuple[object, ...]) -> None:
    mail = read(tmp_path, PAO_SMTP_URL=url, PAO_MAIL_FROM=FROM).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.security, mail.user) == read_as
    assert mail.password == ("p@ss/" if mail.user else None)
    assert str(mail.sender) == FROM
    assert "p@ss" not in repr(mail)


@pytest.mark.parametrize("url", [
    "mail.example", "http://mail.example", "smtp://", "smtp://:secret@", "smtp://mail.example:99999", "smtp://mail.example:0",
    "smtp://mail.example:secret", "smtp://mail.example?starttls=yes", "smtp://mail.example?secret", "smtp://mail.example/secret",
    "smtp://mail.example#secret", "smtp://ana@mail.example", "smtp://[::1", "smtp://ana:se/cret@mail.example?starttls=1",
    "smtp://ana:secret@mail.example", "smtp://ana:secret@127.0.0.1.mail.example",
])
def test_a_wrong_one_is_refused_by_name_and_its_password_not_said(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match="PAO_SMTP_URL") as refusal:
        read(tmp_path, PAO_SMTP_URL=url, PAO_MAIL_FROM=FROM)
    assert "secret" not in f"{refusal.value} {refusal.value.__cause__} {refusal.value.__context__}"


@pytest.mark.parametrize("sender", ["", "desk.example", "a b", "a@b, c@d", "a@b\r\nBcc: c@d", "pao@nação.example", "<>", "@desk.example"])
def test_a_sender_is_one_mailbox(tmp_path: Path, sender: str) -> None:
    with pytest.raises(Refused, match="PAO_MAIL_FROM"):
        read(tmp_path, PAO_SMTP_URL="smtp://mail.example", PAO_MAIL_FROM=sender)


def test_without_a_mail_server_there_is_none(tmp_path: Path) -> None:
    assert read(tmp_path).mail is None
