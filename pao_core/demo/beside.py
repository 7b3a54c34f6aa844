"""Files of the demonstration that lie beside its data, for the owner of the installation alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from pao_core.config import Settings


def write(settings: Settings, name: str, value: Any) -> None:
    """Keep a value as JSON under this name, whole or not at all."""
    file = path(settings, name)
    made = file.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        json.dump(value, written, ensure_ascii=False, indent=1)
    made.replace(file)


def read(settings: Settings, name: str) -> Any:
    """The value kept under this name; None where there is none that can be read."""
    try:
        return json.loads(path(settings, name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def forget(settings: Settings, name: str) -> None:
    """Delete what is kept under this name."""
    path(settings, name).unlink(missing_ok=True)


def path(settings: Settings, name: str) -> Path:
    """Where the file of this name lies."""
    return settings.data_dir / f"demonstration-{name}.json"
