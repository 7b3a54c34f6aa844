"""Rights by tool and level, and what each role starts with. The default is none.

The levels follow the reseller privileges of the source page (Reporting, Price files); `data` is ours.
"""

from __future__ import annotations

from pao_core.locale import N_, Refused

# Every tool with its levels, weakest first; a level includes the ones before it.
TOOLS: dict[str, tuple[str, ...]] = {
    "reporting": ("view",),
    "price_files": ("download",),
    "data": ("import",),
}
REPORTING_VIEW = "reporting.view"
PRICES_DOWNLOAD = "price_files.download"
DATA_IMPORT = "data.import"
OPERATOR = "operator"
SIGNED_IN = "signed_in"

ROLES: dict[str, str] = {"primary": N_("Primary contact"), "secondary": N_("Secondary contact"), "user": N_("User")}
PRESETS: dict[str, dict[str, str]] = {
    "primary": {"reporting": "view", "price_files": "download", "data": "import"},
    "secondary": {"reporting": "view", "price_files": "download", "data": "import"},
    "user": {"reporting": "view", "price_files": "download"},
}


class AccessDenied(Refused):
    """The viewer lacks the right; `right` names it."""

    def __init__(self, right: str) -> None:
        super().__init__(N_("You do not have the right to do this. Your site's primary contact can grant it."))
        self.right = right


def granted(privileges: dict[str, str]) -> frozenset[str]:
    """The rights that stored privileges (tool -> level) give, lower levels included; unknown words give nothing."""
    return frozenset(
        f"{tool}.{level}"
        for tool, levels in TOOLS.items() if privileges.get(tool) in levels
        for level in levels[: levels.index(privileges[tool]) + 1]
    )
