"""Rights by tool and level, and what each role starts with. The default is none.

The tools are the reseller privileges of the vendor's portal (Reporting, Online ordering, PQO, PGS, price files), the levels follow its
matrix for customers (domain.md 1.5); `data` is ours.
"""

from __future__ import annotations

from pao_core.locale import N_, Refused

# Every tool with its levels, weakest first; a level includes the ones before it.
TOOLS: dict[str, tuple[str, ...]] = {
    "reporting": ("view",),
    "ordering": ("view", "submit"),
    "quotes": ("view", "create"),
    "guided_selling": ("view", "create"),
    "price_files": ("download",),
    "access": ("view", "update"),
    "contacts": ("view", "update"),
    "data": ("import",),
}
TOOL_TEXTS: dict[str, str] = {
    "reporting": N_("Reporting"), "ordering": N_("Online ordering"), "quotes": N_("Proposal, quote and order"),
    "guided_selling": N_("Guided selling"), "price_files": N_("Price files"), "access": N_("Manage access"), "contacts": N_("Contact updates"),
    "data": N_("Data import"),
}
LEVEL_TEXTS: dict[str, str] = {
    "none": N_("None"), "view": N_("View"), "submit": N_("Submit"), "create": N_("Create"), "download": N_("Download"), "update": N_("Update"),
    "import": N_("Import"),
}
REPORTING_VIEW = "reporting.view"
PRICES_DOWNLOAD = "price_files.download"
ACCESS_VIEW, ACCESS_UPDATE = "access.view", "access.update"
CONTACTS_VIEW, CONTACTS_UPDATE = "contacts.view", "contacts.update"
DATA_IMPORT = "data.import"
OPERATOR = "operator"
SIGNED_IN = "signed_in"
AND = " and "  # between rights of which something takes each
PRICED_LINES = AND.join((REPORTING_VIEW, PRICES_DOWNLOAD))  # rows of a site at list prices

ROLES: dict[str, str] = {"primary": N_("Primary contact"), "secondary": N_("Secondary contact"), "user": N_("User")}
# What each role starts with. The primary contact has always all of it; the others' can be changed tool by tool.
PRESETS: dict[str, dict[str, str]] = {
    "primary": {tool: levels[-1] for tool, levels in TOOLS.items()},
    "secondary": {tool: levels[-1] for tool, levels in TOOLS.items()} | {"access": "view"},
    "user": {"reporting": "view", "price_files": "download"},
}
# Ready-made sets of privileges for the people of product.md, offered beside those of the roles.
JOBS: dict[str, tuple[str, dict[str, str]]] = {
    "account_manager": (N_("Account manager"), {"reporting": "view", "ordering": "view", "quotes": "create", "guided_selling": "create",
                                                "price_files": "download", "contacts": "view"}),
    "sales": (N_("Sales"), {"reporting": "view", "quotes": "create", "guided_selling": "create", "price_files": "download"}),
    "operations": (N_("Operations"), {"reporting": "view", "ordering": "submit", "quotes": "view", "price_files": "download", "contacts": "view",
                                      "data": "import"}),
    "reader": (N_("Reading only"), {"reporting": "view", "price_files": "download"}),
}


class AccessDenied(Refused):
    """The viewer lacks the right; `right` names it."""

    def __init__(self, right: str) -> None:
        super().__init__(N_("You do not have the right to do this. Your site's primary contact can grant it."))
        self.right = right


def each_of(right: str) -> tuple[str, ...]:
    """The rights that are meant: the one, or all that go together."""
    return tuple(right.split(AND))


def granted(privileges: dict[str, str]) -> frozenset[str]:
    """The rights that stored privileges (tool -> level) give, lower levels included; unknown words give nothing."""
    return frozenset(
        f"{tool}.{level}"
        for tool, levels in TOOLS.items() if privileges.get(tool) in levels
        for level in levels[: levels.index(privileges[tool]) + 1]
    )
