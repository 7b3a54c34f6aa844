"""Token buckets: so much at once, so much a second in the long run, for each of many who ask, in bounded memory."""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import datetime

KEYS = 10_000


class Buckets:
    """Buckets by key, full at first. Of more than `most` keys the one that was not used for longest is forgotten, as if it were full."""

    def __init__(self, burst: float, per_second: float, most: int = KEYS) -> None:
        self.burst, self.per_second, self.most = burst, per_second, most
        self._kept: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, key: str, now: datetime, cost: float = 1) -> float:
        """Take `cost` from the key's bucket and give 0; or take nothing and give the seconds until it has so much (infinite: never)."""
        level = self._level(key, now)
        enough = level >= cost
        self._keep(key, level - cost if enough else level, now)
        if enough:
            return 0
        return (cost - level) / self.per_second if cost <= self.burst else math.inf

    def give(self, key: str, now: datetime, cost: float) -> None:
        """Put back what was taken and not used."""
        self._keep(key, min(self.burst, self._level(key, now) + cost), now)

    def _level(self, key: str, now: datetime) -> float:
        level, at = self._kept.get(key, (self.burst, now))
        # A clock that was set back fills nothing, and starts counting anew from where it is.
        return min(self.burst, level + max(0.0, (now - at).total_seconds()) * self.per_second)

    def _keep(self, key: str, level: float, now: datetime) -> None:
        self._kept[key] = level, now
        self._kept.move_to_end(key)
        if len(self._kept) > self.most:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
