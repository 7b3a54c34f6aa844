"""The child that sets a PDF: the data as JSON on standard input, the PDF on standard output, within the bounds it is given.

The data are an input of the template and never part of it: whatever a text holds, it is a string and no markup.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

import typst

HERE = Path(__file__).parent
FONTS = HERE.parents[1] / "data" / "fonts"
# Latin, Greek, Cyrillic, Armenian, and punctuation, arrows and signs: our fonts have these. The machine's own are looked through, which
# takes longer, only for other scripts.
KNOWN_TO, SIGNS = 0x058F, range(0x2000, 0x2200)


def main() -> None:
    address_space, seconds = (int(bound) for bound in sys.argv[1:3])
    for limit, value in ((resource.RLIMIT_AS, address_space), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
    data = sys.stdin.buffer.read().decode()
    fonts = typst.Fonts(include_system_fonts=not ours(data), font_paths=[FONTS])
    moment = datetime.fromtimestamp(json.loads(data)["made"], UTC)
    sys.stdout.buffer.write(typst.compile(HERE / "report.typ", font_paths=fonts, sys_inputs={"data": data}, timestamp=moment))


def ours(text: str) -> bool:
    """Whether our fonts have every character."""
    return all(ord(sign) <= KNOWN_TO or ord(sign) in SIGNS for sign in set(text))


if __name__ == "__main__":
    main()
