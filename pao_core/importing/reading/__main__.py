"""Starts the child's loop, without what it does not need."""

from __future__ import annotations

import sys


def main() -> None:
    # Arrow does without numpy; importing it takes as long as all the rest of the child's start.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    from pao_core.importing.reading import loop

    loop.main()


if __name__ == "__main__":
    main()
