"""Price files as files: made once for each choice, language and edition, then handed out at once.

A file is named by what it was made from, written under another name and renamed, so that none is ever seen half made. A
change of prices or parts gives new names; the old files go when the next one is made.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from pao_core.prices.shelf import Shelf
from pao_core.store.engine import Store

KEPT = 200  # files of the newest change; more are deleted, the oldest first
SHAPE = "1"  # raise it when a file of the same prices would look different
_making = threading.Lock()


def prepared(store: Store, shelf: Shelf, facts: tuple[object, ...], suffix: str, make: Callable[[], bytes]) -> bytes:
    """The bytes of the file made from these facts, made now if nobody has made it; `make` runs once at a time."""
    folder = store.settings.data_dir / "price-files"
    name = hashlib.sha256(repr((SHAPE, facts)).encode()).hexdigest()[:32]
    path = folder / f"{_head(shelf)}-{name}.{suffix}"
    found = _read(path)
    if found is not None:
        return found
    with _making:
        found = _read(path)
        if found is not None:
            return found
        content = make()
        if shelf.complete:
            _keep(path, content)
            _sweep(folder, shelf)
    return content


def _head(shelf: Shelf) -> str:
    return f"{hashlib.sha256(shelf.store.encode()).hexdigest()[:8]}-{shelf.version}"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    made = path.with_name(f"{path.name}.{uuid4().hex}.part")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    made.replace(path)


def _sweep(folder: Path, shelf: Shelf) -> None:
    """Delete the files of older changes of this store, half made ones among them, and what is beyond KEPT."""
    store, version = _head(shelf).split("-")
    current = []
    for path in folder.iterdir():
        of, number, *_rest = path.name.split("-")
        if of == store and number.isdigit() and int(number) < int(version):
            path.unlink(missing_ok=True)
        elif of == store and path.suffix != ".part":
            current.append(path)
    for path in sorted(current, key=_age)[:-KEPT]:
        path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
