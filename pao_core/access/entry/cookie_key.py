"""The key that signs the session cookie: PAO_COOKIE_KEY, or one made once in PAO_DATA_DIR. There is no default."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from pao_core.config import Settings
from pao_core.locale import N_, Refused

MIN_BYTES = 32
FILE = "cookie.key"


def cookie_key(settings: Settings) -> bytes:
    """The key; made when there is none. Raises Refused for one shorter than 32 bytes: only the server asks for it."""
    return _key(settings.cookie_key, settings.data_dir)


@lru_cache(maxsize=16)
def _key(configured: str | None, data_dir: Path) -> bytes:
    if configured is not None:
        if len(configured.encode()) < MIN_BYTES:
            raise Refused(N_("PAO_COOKIE_KEY is shorter than {least} bytes. Give a longer random text, or leave it out to have one made."),
                          least=MIN_BYTES)
        return configured.encode()
    path = data_dir / FILE
    if not path.exists():
        _make(path)
    key = path.read_bytes().strip()
    if len(key) < MIN_BYTES:
        raise Refused(N_("The key file {path} is damaged. Delete it to have a new one made; everybody signs in again."), path=str(path))
    return key


def _make(path: Path) -> None:
    """Write a new key under its own name first: whoever links it to `path` first has made the key, whole, for all processes."""
    draft = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
