"""Subscriptions and their usage: periods that can be."""

from __future__ import annotations

from pao_core.access import Viewer
from pao_core.importing.bench import Bench, Sql
from pao_core.importing.mapping import Mapped
from pao_core.locale import N_

OPEN = "…"


def check(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """A subscription does not end before it starts."""
    bench.reject("v_end < v_start", N_("end {end} is before start {start}."), end=Sql("v_end"), start=Sql("v_start"))


def check_usage(bench: Bench, mapped: Mapped, viewer: Viewer) -> None:
    """Usage is never negative, and its period lies within its subscription's first and last day; a missing one is open."""
    for name in ("used_quantity", "overage_quantity"):
        bench.reject(f"v_{name} < 0", N_("{column}: {value} is below zero."), "given JOIN rows USING (line)",
                     column=mapped.word(name), value=Sql(f"t_{name}"))
    start, end = Sql("v_period_start"), Sql("v_period_end")
    bench.reject("v_period_end < v_period_start", N_("period_end {end} is before period_start {start}."), end=end, start=start)
    bench.reject('v_period_start < "start" OR v_period_end > "end"',
                 N_("The period {start} to {end} is outside its subscription, which runs from {first} to {last}."), "placed",
                 start=start, end=end, first=_bound("start"), last=_bound("end"))


def _bound(name: str) -> Sql:
    return Sql(f"""coalesce(CAST("{name}" AS VARCHAR), '{OPEN}')""")
