"""Which country a text names: an ISO 3166 code or a name in English, Portuguese or Spanish, with the usual aliases."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.core import get_global

from pao_core.store.types import name_key

UNKNOWN = "ZZ"
# CLDR has regions that ISO 3166 does not: groups, reserved and user-assigned codes.
NOT_ISO = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])
# What files call countries besides their names. "Channel Islands" is two (JE, GG) and stays unknown.
ALIASES: dict[str, str] = {
    "EIRE": "IE", "Republic of Ireland": "IE", "RSA": "ZA", "USA": "US", "U.S.A.": "US", "United States of America": "US", "America": "US",
    "EUA": "US", "EE.UU.": "US", "EEUU": "US", "Estados Unidos da América": "US", "Estados Unidos de América": "US",
    "UK": "GB", "U.K.": "GB", "Great Britain": "GB", "Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB", "Northern Ireland": "GB",
    "Grã-Bretanha": "GB", "Inglaterra": "GB", "Gran Bretaña": "GB", "Holland": "NL", "Holanda": "NL", "The Netherlands": "NL",
    "Czech Republic": "CZ", "República Tcheca": "CZ", "República Checa": "CZ", "Russian Federation": "RU", "Korea": "KR",
    "Korea, Republic of": "KR", "Republic of Korea": "KR", "Viet Nam": "VN", "UAE": "AE", "EAU": "AE", "Ivory Coast": "CI", "Costa do Marfim": "CI",
    "Macedonia": "MK", "Burma": "MM", "Swaziland": "SZ", "Cape Verde": "CV", "Turkey": "TR", "Turquia": "TR", "Hong Kong": "HK", "Hongkong": "HK",
    "Macau": "MO", "Macao": "MO", "Taiwan, Province of China": "TW", "Venezuela, Bolivarian Republic of": "VE",
    "Bolivia, Plurinational State of": "BO", "Iran, Islamic Republic of": "IR", "Tanzania, United Republic of": "TZ",
    "Moldova, Republic of": "MD", "Moldávia": "MD", "Syrian Arab Republic": "SY", "Lao People's Democratic Republic": "LA",
    "Brunei Darussalam": "BN", "Slovak Republic": "SK", "Peoples Republic of China": "CN", "PRC": "CN", "KSA": "SA", "Irã": "IR", "Polônia": "PL",
}


def code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's code (two or three letters) or name; None when it names none."""
    return known().get(name_key(text))


def codes() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 code."""
    return frozenset(known().values())


@cache
def known() -> dict[str, str]:
    """Everything that names a country, as `store.types.name_key` writes it, with the country's code."""
    names = {
        name_key(name): territory
        for language in ("en", "pt_BR", "pt", "es")
        for territory, name in Locale.parse(language).territories.items()
        if len(territory) == 2 and territory.isalpha() and territory not in NOT_ISO
    }
    iso = set(names.values())
    three_letters = {
        name_key(alias): current[0]
        for alias, current in get_global("territory_aliases").items()
        if len(alias) == 3 and alias.isalpha() and len(current) == 1 and current[0] in iso
    }
    return three_letters | names | {name_key(alias): territory for alias, territory in ALIASES.items()} | {name.lower(): name for name in iso}
