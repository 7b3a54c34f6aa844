"""The Tour: what one can see and do, in the order of a day of four people, with pictures of the product itself.

The pictures lie in data/tour/ in every language and theme; `make pictures` takes them again. Their names change with their content.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from pao_core.config import PROJECT
from pao_core.locale import N_, language

FOLDER = PROJECT / "data" / "tour"
CONTENTS = FOLDER / "contents.json"  # {"home-en-light": {"file": name, "width": pixels, "height": pixels}, ...}
ADDRESS = "/assets/tour"

ROLES = {"accounts": N_("Account manager"), "sales": N_("Sales"), "operations": N_("Operations"), "contact": N_("Primary contact")}


@dataclass(frozen=True)
class Chapter:
    """One thing to see or do: the picture's name, for whom it is (keys of ROLES), its words, and what the picture shows, for those
    who cannot see it."""

    name: str
    roles: tuple[str, ...]
    title: str
    text: str
    alt: str


@dataclass(frozen=True)
class Picture:
    """A picture in the reader's language and theme: where it is, and how large in pixels."""

    address: str
    width: int
    height: int


CHAPTERS = (
    Chapter("home", ("accounts",), N_("Your morning on one page"),
            N_("Home says what is overdue, what falls due today, this week and this month, which quotes expire and which prices change: in "
               "money and in lines. The most valuable line stands first in today's queue. Each figure opens the lines behind it."),
            N_("Home: tiles with what is overdue and what falls due, today's queue as a table, and a chart of the weeks ahead.")),
    Chapter("renewals", ("accounts",), N_("What falls due, and what it is worth"),
            N_("Open renewals by days to the due date, by week or month, by country and by product group. Click a bar, and the table shows "
               "these lines alone. The filters stand in the address: send the link, and a colleague sees the same, as far as their rights go."),
            N_("Renewals: amounts due, bars by days to the due date, and columns by week.")),
    Chapter("line", ("accounts",), N_("Why this date, and what waiting costs"),
            N_("Click a line. The panel explains step by step how its date follows from the agreement, and what the same line costs on time, "
               "late and reinstated."),
            N_("The panel of a renewal line: facts of the line, and what it costs on time, late and reinstated.")),
    Chapter("customer", ("accounts", "sales"), N_("Know the customer before the call"),
            N_("Coverage on a time line, what is due, orders, subscriptions, sites and contacts of one customer; and a short list of what "
               "to know before you call."),
            N_("The page of a customer: key figures, coverage of each product on a time line, and a list of facts for the call.")),
    Chapter("customers", ("sales",), N_("Find any customer"),
            N_("Search by name, site, agreement or quote, with or without accents. The activity report ranks who bought and who stopped, "
               "by country, program or anniversary."),
            N_("Customers: bars of the customers that bought the most, and the table of all of them.")),
    Chapter("orders", ("sales",), N_("See what was bought, and when"),
            N_("Orders over time, by product group and by country, against the period before. Take the rows along as XLSX for people or as "
               "CSV for systems: the same rows as on screen."),
            N_("Order history: key figures with their course, and lines of the value by month for each product group.")),
    Chapter("prices", ("operations", "sales"), N_("Price files that say what changes"),
            N_("Software and SaaS prices, in force and to come, by country, currency and level. The preview sets the future price beside "
               "today's, with the change in percent."),
            N_("Price files: the files of software and SaaS, and a preview with today's price, the future one and the change.")),
    Chapter("data", ("operations",), N_("A file is loaded whole, or not at all"),
            N_("Files of the vendor or the distributor are checked row by row before anything is loaded. Rows that cannot be loaded come "
               "back with the reason in plain words. Each import can be undone."),
            N_("Data: an import that is checked, with its rows counted, and the rejected ones listed with the reason.")),
    Chapter("requests", ("contact",), N_("Decide who comes in"),
            N_("Who asks for access to your site waits here. Grant it with a role and privileges, or deny it with a reason: the person "
               "learns by e-mail, with a link to begin."),
            N_("Access requests: the people who wait, and the card in which one is granted or denied.")),
    Chapter("users", ("contact",), N_("Give everyone what their work needs"),
            N_("A role for each person, and a level for each tool. What you take away ends with the next click, even for who is signed in. "
               "A site always keeps a primary contact."),
            N_("Users: the people of a site, and one person's privileges with a level for each tool.")),
    Chapter("audit", ("contact",), N_("See who did what, and when"),
            N_("Each change and each refused attempt: who, what, before and after, when and from where. Search it, and take it along."),
            N_("Audit: a table of what people did, newest first.")),
)


def chapters(role: str | None = None) -> tuple[Chapter, ...]:
    """The chapters for one of ROLES; all of them without."""
    return tuple(chapter for chapter in CHAPTERS if role is None or role in chapter.roles)


def picture(name: str, mode: str) -> Picture | None:
    """A chapter's picture in the reader's language and `mode` (light or dark); None when it was not taken."""
    return _taken().get(f"{name}-{language().partition('_')[0]}-{mode}")


@cache
def _taken() -> dict[str, Picture]:
    contents = json.loads(CONTENTS.read_text())
    return {name: Picture(f"{ADDRESS}/{found['file']}", found["width"], found["height"]) for name, found in contents.items()}
