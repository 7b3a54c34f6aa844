"""Which price file: two families by three moments, for a country and currency, at some levels, long or wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pao_core.filters import BadFilter, nearest
from pao_core.locale import N_

FAMILIES = ("software", "saas")
WHENS = ("current", "current+future", "future")
LEVELS = ("BL", "D", "E", "F", "G", "H", "ED", "GV", "SRP")
UNKNOWN = {
    "family": N_("{value} is no family of price files. Choose one of: {choices}."),
    "when": N_("{value} is not a period of a price file. Choose one of: {choices}."),
    "level": N_("{value} is no price level. Choose one of: {choices}."),
}
NAMES_OF_WHENS = {"current": N_("Current"), "current+future": N_("Current and future"), "future": N_("Future only")}


@dataclass(frozen=True)
class PriceFile:
    """A choice. `saas` holds SaaS and monthly parts, `software` the rest; no levels means all; `wide` has a column a level."""

    family: str
    when: str
    country: str
    currency: str
    levels: tuple[str, ...] = ()
    wide: bool = False

    @property
    def columns_of_levels(self) -> tuple[str, ...]:
        """The levels of the file, in the order of the ladder."""
        return tuple(level for level in LEVELS if not self.levels or level in self.levels)

    def stem(self, today: date) -> str:
        """The name of the file as it is handed out, without its ending."""
        return f"{self.family}-{self.when.replace('+', '-and-')}-{self.country}-{self.currency}-{today.isoformat()}"


def choose(family: str, when: str, country: str, currency: str, levels: Sequence[str] = (), wide: bool = False) -> PriceFile:
    """The choice that these words mean. Raises BadFilter for a word of none, with those there are."""
    return PriceFile(
        _one("family", family.casefold(), FAMILIES), _one("when", when.casefold().replace(" ", ""), WHENS),
        country.upper(), currency.upper(), tuple(_one("level", level.upper(), LEVELS) for level in levels), wide,
    )


def check(choice: PriceFile, lists: Sequence[tuple[str, str]]) -> None:
    """Raise BadFilter when there is no price list of the choice's country and currency; `lists` are those there are."""
    if (choice.country, choice.currency) in lists:
        return
    names = [f"{country} {currency}" for country, currency in lists]
    near = [name for name in names if name.startswith(f"{choice.country} ")]
    near = near or nearest(f"{choice.country} {choice.currency}", {name: name for name in names})
    raise BadFilter("country", N_("There is no price list for {country} in {currency}. Nearest: {nearest}."), country=choice.country,
                    currency=choice.currency, nearest=", ".join(near) or "-")


def _one(key: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadFilter(key, UNKNOWN[key], value=value, choices=", ".join(choices))
    return value
