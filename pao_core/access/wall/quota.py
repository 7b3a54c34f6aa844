"""What may be uploaded: how much one user sends within an hour and at once, and how much of all users' files the process holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pao_core.access.wall.buckets import Buckets
from pao_core.config import Traffic

AT_ONCE = 6  # uploads of one user, as many as a browser sends side by side
SOON, LATER = 5.0, 60.0  # seconds after which another try is worth it


@dataclass(frozen=True)
class Full:
    """Why an upload is not taken now: the status of the answer, its sentence, the seconds until another try."""

    status: int
    sentence: str
    wait: float


class Quota:
    """The uploads of this process. What a user sends fills a bucket that empties within an hour; `held` gives the bytes of the
    uploaded files that open pages keep in memory."""

    def __init__(self, traffic: Traffic, held: Callable[[], int]) -> None:
        self.held = held
        self.memory = traffic.uploads_memory_bytes
        self._hour = Buckets(traffic.upload_hour_bytes, traffic.upload_hour_bytes / 3600)
        self._arriving: Counter[str] = Counter()
        self._bytes = 0

    def enter(self, user: str, size: int, now: datetime) -> Full | None:
        """Let an upload of at most `size` bytes begin; or say why not."""
        if self._arriving[user] >= AT_ONCE:
            return Full(429, "You are sending too many files at once. Wait until one has arrived.", SOON)
        if self.held() + self._bytes + size > self.memory:
            return Full(503, "The server holds as many uploaded files as it can. Try again in a minute.", LATER)
        wait = self._hour.take(user, now, size)
        if wait:
            return Full(429, "You have sent as much as one user may within an hour. Try again later.", wait)
        self._arriving[user] += 1
        self._bytes += size
        return None

    def leave(self, user: str, size: int, taken: int, now: datetime) -> None:
        """The upload is over, `taken` bytes of it having come; what did not come was not used."""
        self._arriving[user] -= 1
        if not self._arriving[user]:
            del self._arriving[user]
        self._bytes -= size
        self._hour.give(user, now, size - taken)
