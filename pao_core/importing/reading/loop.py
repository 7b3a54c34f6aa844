"""The child's loop: a JSON request a line in, progress and one JSON answer a line out, until standard input ends."""

from __future__ import annotations

import csv
import gc
import json
import resource
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pyarrow as pa

from pao_core.importing.reading import columnar, delimited, unpack, workbook
from pao_core.importing.reading.unreadable import Bounds, Unreadable
from pao_core.locale import N_

# What broken files make the libraries raise; anything else is a fault of ours, answered the same but marked `unforeseen`.
EXPECTED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, NotImplementedError, OverflowError, struct.error,
    csv.Error, expat.ExpatError, pa.ArrowException,
)
NOT_READ = N_("{file}: damaged, or no CSV, XLSX or Parquet file. Nothing of it was read.")
TOO_MUCH = N_("{file}: reading it takes more memory than is allowed. Save it as CSV, or split it.")


def main() -> None:
    # Rows are lists without cycles; looking for cycles among millions of them doubles the time.
    gc.disable()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """{"headers", "rows"} after the table is written to request["out"], or {"refused", "facts"}."""
    _limit(request)
    try:
        return _read(request)
    except Unreadable as refusal:
        return {"refused": refusal.template, "facts": refusal.facts}
    except (MemoryError, pa.ArrowMemoryError):
        return {"refused": TOO_MUCH, "facts": {}}
    except EXPECTED:
        return {"refused": NOT_READ, "facts": {}}
    except Exception as fault:
        return {"refused": NOT_READ, "facts": {}, "unforeseen": repr(fault)}


def _read(request: dict[str, Any]) -> dict[str, Any]:
    bounds = Bounds(**request["bounds"])
    out = Path(request["out"])
    kind, path = unpack.content(Path(request["path"]), out.parent, bounds)
    if kind == "workbook":
        table = workbook.read(path, out, bounds, _progress, request.get("sheet"))
    else:
        table = (columnar if kind == "parquet" else delimited).read(path, out, bounds, _progress)
    return {"headers": table.headers, "rows": table.count}


def _progress(rows: int) -> None:
    print(json.dumps({"progress": rows}), flush=True)


def _limit(request: dict[str, Any]) -> None:
    """Bind this process before it looks at a byte of the file: the kernel, not we, holds what it may use."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limits = {
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + request["seconds"] + 1,
        resource.RLIMIT_AS: request["address_space_bytes"],
        resource.RLIMIT_FSIZE: 2 * request["bounds"]["unpacked_bytes"],
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
