"""One import from file to batch: read, map, check, load; what is rejected is kept with its reasons."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pao_core.access import Viewer
from pao_core.access.rights import DATA_IMPORT, OPERATOR, AccessDenied
from pao_core.importing import checking, mapping, references, rejects, stubs
from pao_core.importing.bench import Bench
from pao_core.importing.child import Cancelled, Child
from pao_core.importing.columns import Dataset
from pao_core.importing.datasets import DATASETS
from pao_core.importing.loading import Loading
from pao_core.importing.mapping import Mapped
from pao_core.importing.options import ImportOptions
from pao_core.importing.rules import RULES
from pao_core.importing.workroom import workroom
from pao_core.locale import N_, Refused

__all__ = ["Cancelled", "ImportOptions", "ImportResult", "Preview", "import_file", "preview"]

READING, CHECKING, LOADING = N_("Reading"), N_("Checking"), N_("Loading")
PREVIEW_ROWS = 20
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class ImportResult:
    """What an import did. read = loaded + unchanged + rejected; without a batch the counts say what would load.

    `refused`: rows were rejected and so nothing was loaded. `rejected_file` has them, gzipped; `examples` are the first of
    their reasons.
    """

    batch: int | None
    dataset: str
    read: int
    loaded: int
    unchanged: int
    rejected: int
    warned: int
    stubs: dict[str, int]
    seconds: float
    refused: bool = False
    rejected_file: bytes = field(default=b"", repr=False)
    examples: tuple[str, ...] = ()

    @property
    def rejected_rows(self) -> bytes:
        """The rejected rows as CSV, to mend and load again; empty when there is none."""
        return self.unpacked(self.rejected_file) if self.rejected_file else b""

    @staticmethod
    def unpacked(file: bytes) -> bytes:
        """A file of rejected rows as it is kept -> as it is handed out."""
        return gzip.decompress(file)

    def to_json(self) -> dict[str, Any]:
        """The command line's answer."""
        names = ("batch", "dataset", "read", "loaded", "unchanged", "rejected", "warned", "stubs", "seconds")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Preview:
    """A file's first rows and how its headers were understood: `columns` is canonical name -> header."""

    headers: tuple[str, ...]
    rows: list[list[str]]
    columns: dict[str, str]
    ignored: tuple[str, ...]
    refusal: str | None


def import_file(viewer: Viewer, path: Path, dataset: str, *, options: ImportOptions | None = None, progress: Progress | None = None,
                cancelled: Callable[[], bool] = lambda: False, file_name: str | None = None) -> ImportResult:
    """Load a file into a dataset, in one transaction. `progress(step, done, total)` is told how far it is.

    Raises AccessDenied without the right, Cancelled when `cancelled` says so, and Refused with one sentence for a file that
    cannot be read, is not of this dataset, or leaves a column's form open.
    """
    started = time.monotonic()
    try:
        found = _dataset(viewer, dataset)
    except AccessDenied as refusal:
        viewer.note_refusal("import", dataset, why=refusal.template)
        raise
    chosen = _for_viewer(viewer, found, options or ImportOptions())
    work = _Import(viewer, DATASETS[dataset], chosen, file_name or path.name, progress or (lambda step, done, total: None), cancelled, started)
    with workroom(viewer.store.settings.data_dir) as room:
        return work.run(path, room)


def preview(viewer: Viewer, path: Path, dataset: str, *, options: ImportOptions | None = None, file_name: str | None = None) -> Preview:
    """Read the first rows and say how the headers are understood. Raises as `import_file` for what cannot be read."""
    found = _dataset(viewer, dataset)
    chosen = _for_viewer(viewer, found, options or ImportOptions())
    name = file_name or path.name
    with workroom(viewer.store.settings.data_dir) as room, Child(viewer.store.settings.limits) as child, Bench(room) as bench:
        read = child.read(path, room, file=name, sheet=chosen.sheet, rows_wanted=PREVIEW_ROWS)
        bench.load(read.table, read.rows)
        rows = [["" if cell is None else cell for cell in row[2:]] for row in bench.all("SELECT * FROM raw ORDER BY line")]
    try:
        mapped = mapping.match(found, read.headers, chosen, mapping.of_options(viewer, dataset, chosen), file=name)
    except Refused as refusal:
        return Preview(tuple(read.headers), rows, {}, (), str(refusal))
    columns = {column: read.headers[index] for column, index in mapped.columns.items()}
    return Preview(tuple(read.headers), rows, columns, mapped.ignored, None)


def _dataset(viewer: Viewer, name: str) -> Dataset:
    if name not in DATASETS:
        raise Refused(N_("No dataset is named {dataset}. Datasets: {names}."), dataset=name, names=", ".join(DATASETS))
    if not viewer.every_reseller:
        viewer.require(DATA_IMPORT if DATASETS[name].tenant else OPERATOR)
    return DATASETS[name]


def _for_viewer(viewer: Viewer, dataset: Dataset, options: ImportOptions) -> ImportOptions:
    """A user of one reseller need not say whose rows they are."""
    own = viewer.sites(DATA_IMPORT)
    if not dataset.tenant or options.reseller is not None or len(own) != 1:
        return options
    return ImportOptions(**{**options.to_json(), "defaults": {"reseller_site_number": own[0], **options.defaults}})


class _Import:
    """The steps of one import, in order."""

    def __init__(self, viewer: Viewer, dataset: Dataset, options: ImportOptions, file: str, progress: Progress,
                 cancelled: Callable[[], bool], started: float) -> None:
        self.viewer = viewer
        self.dataset = dataset
        self.options = options
        self.file = file
        self.progress = progress
        self.cancelled = cancelled
        self.started = started

    def run(self, path: Path, room: Path) -> ImportResult:
        kept = mapping.of_options(self.viewer, self.dataset.name, self.options)
        with Child(self.viewer.store.settings.limits) as child:
            read = child.read(path, room, file=self.file, sheet=self.options.sheet, cancelled=self.cancelled,
                              progress=lambda rows: self.progress(READING, rows, None))
        mapped = mapping.match(self.dataset, read.headers, self.options, kept, file=self.file)
        with Bench(room) as bench:
            self._step(CHECKING, 0, read.rows)
            bench.load(read.table, read.rows)
            self._check(bench, mapped)
            return self._load(bench, mapped, path)

    def _check(self, bench: Bench, mapped: Mapped) -> None:
        rules = RULES[self.dataset.name]
        checking.convert(bench, mapped, self.options, rules.numbered_within)
        bench.see_good()
        checking.reject_duplicates(bench, self.dataset)
        references.check(bench, mapped, self.viewer, self.options.create_missing)
        rules.check(bench, mapped, self.viewer)
        stubs.prepare(bench, mapped, self.viewer, self.options.create_missing)

    def _load(self, bench: Bench, mapped: Mapped, path: Path) -> ImportResult:
        read, good = bench.count("rows"), bench.count("good")
        self._step(LOADING, 0, good)
        loading = Loading(bench, mapped, self.viewer, lambda done: self._step(LOADING, done, good))
        loading.stage()
        rejected_file = rejects.rejected(bench, mapped)
        refused = read > good and not self.options.skip_rejected
        if self.options.dry_run or refused:
            loaded = loading.compare()
        else:
            loaded = loading.apply(self._facts(bench, mapped, path, read, good, rejected_file), self._elapsed)
            self._keep_mapping()
        return ImportResult(
            loaded.batch, self.dataset.name, read, loaded.rows, loaded.applied.unchanged, read - good, loaded.warned, loaded.stubs,
            float(self._elapsed()), refused and not self.options.dry_run, rejected_file, tuple(rejects.examples(bench)),
        )

    def _facts(self, bench: Bench, mapped: Mapped, path: Path, read: int, good: int, rejected_file: bytes) -> dict[str, Any]:
        return {
            "file_name": self.file, "file_sha256": sha256(path), "user_id": self.viewer.user_id, "actor": self.viewer.email, "read": read,
            "rejected": read - good, "reseller_site_number": self._reseller(bench),
            "rejected_rows": rejected_file or None, "warned_rows": rejects.warned(bench, mapped) or None,
        }

    def _reseller(self, bench: Bench) -> str | None:
        """The one reseller that the good rows belong to; of a user's file without any, its own."""
        if not self.dataset.tenant:
            return None
        found = [number for (number,) in bench.all("SELECT DISTINCT v_reseller_site_number FROM good LIMIT 2")]
        own = self.viewer.sites(DATA_IMPORT)
        if not found and len(own) == 1:
            return own[0]
        return found[0] if len(found) == 1 else None

    def _keep_mapping(self) -> None:
        if self.options.mapping is not None and self.options.mapped:
            mapping.keep(self.viewer, self.options.mapping, self.dataset.name, self.options.mapped)

    def _step(self, step: str, done: int, total: int | None) -> None:
        if self.cancelled():
            raise Cancelled
        self.progress(step, done, total)

    def _elapsed(self) -> Decimal:
        return Decimal(round((time.monotonic() - self.started) * 1000)).scaleb(-3)


def sha256(path: Path) -> str:
    """The file's fingerprint."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
