"""Invented names: customers, cities and people that exist nowhere, in the languages of their countries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Two of these make a word that is no word: Lum-iara, Tav-orim.
STARTS = (
    "Lum", "Tav", "Bel", "Mor", "Sav", "Ver", "Cril", "Ald", "Orv", "Fin", "Gar", "Jov", "Nab", "Pel", "Ruz", "Zem", "Brav",
    "Caul", "Dur", "Ilh", "Quer", "Tib", "Ush", "Wam", "Serel", "Candol", "Miral", "Tavul", "Perun", "Gorid", "Anel",
    "Estil", "Olin", "Bariz", "Luzen", "Corav", "Dalen", "Fabor", "Nuvel", "Rosel", "Salen", "Torim", "Ubel", "Vasel",
    "Zoril", "Jandel", "Melid", "Pratel",
)
ENDS = (
    "iara", "orim", "unara", "elim", "oveno", "imbara", "acena", "ubira", "ondela", "ileno", "oripa", "umira", "enalva",
    "itanga", "eque", "avina", "ureno", "oluma",
)

# Industry and kind of customer of each name pattern, the same order in every language.
INDUSTRIES = ("Services", "Banking", "Retail", "Health", "Insurance", "Manufacturing", "Transport", "Energy", "Education", "Education",
              "Government", "Government")
CUSTOMER_TYPES = ("commercial", "academic", "government")
KINDS = (*["commercial"] * 8, "academic", "academic", "government", "government")
PATTERN_WEIGHTS = np.array([12, 9, 11, 9, 7, 14, 9, 7, 6, 4, 8, 4], dtype=float)
PATTERNS: dict[str, tuple[str, ...]] = {
    "pt": ("Companhia {}", "Banco {}", "Lojas {}", "Hospital {}", "Seguros {}", "Indústrias {}", "Transportes {}", "Energia {}",
           "Universidade de {}", "Instituto Técnico {}", "Prefeitura de {}", "Tribunal de Contas de {}"),
    "es": ("Compañía {}", "Banco {}", "Almacenes {}", "Hospital {}", "Seguros {}", "Industrias {}", "Transportes {}", "Energía {}",
           "Universidad de {}", "Instituto Técnico {}", "Municipalidad de {}", "Tribunal de Cuentas de {}"),
    "en": ("{} Company", "{} Bank", "{} Stores", "{} General Hospital", "{} Mutual", "{} Manufacturing", "{} Freight", "{} Energy",
           "University of {}", "{} Technical College", "City of {}", "{} County"),
    "de": ("{} Gesellschaft", "{} Bank", "{} Kaufhäuser", "Klinikum {}", "{} Versicherung", "{} Maschinenbau", "{} Spedition", "{} Energie",
           "Universität {}", "Technische Schule {}", "Stadt {}", "Landkreis {}"),
}
CITIES: dict[str, tuple[str, ...]] = {
    "pt": ("Vila {}", "Porto {}", "{} do Sul", "Nova {}", "Santa {}", "{}ópolis"),
    "es": ("Villa {}", "Puerto {}", "{} del Mar", "Nueva {}", "San {}"),
    "en": ("Port {}", "{} Falls", "{} City", "New {}"), "de": ("Bad {}", "{}burg", "{}hausen", "Neu {}"),
}
CITIES_PER_COUNTRY = 14
GIVEN: dict[str, tuple[str, ...]] = {
    "pt": ("Adriana", "Bento", "Cecília", "Davi", "Elisa", "Fábio", "Gilda", "Heitor", "Íris", "João", "Lívia", "Márcio", "Nádia", "Otávio",
           "Paula", "Renan", "Sônia", "Tadeu", "Vera", "Yara"),
    "es": ("Alicia", "Benito", "Carmen", "Diego", "Elena", "Félix", "Graciela", "Hugo", "Inés", "Jorge", "Lucía", "Mateo", "Noelia", "Óscar",
           "Pilar", "Ramiro", "Silvia", "Tomás", "Úrsula", "Vicente"),
    "en": ("Alice", "Ben", "Clara", "Daniel", "Ellen", "Frank", "Grace", "Henry", "Ivy", "Jack", "Laura", "Martin", "Nora", "Oscar",
           "Paula", "Ralph", "Susan", "Thomas", "Vera", "Walter"),
    "de": ("Anja", "Bernd", "Clara", "Dirk", "Elke", "Falk", "Greta", "Holger", "Ilse", "Jörg", "Katrin", "Lars", "Monika", "Nils",
           "Petra", "Ralf", "Silke", "Till", "Ute", "Volker"),
}
SURNAMES: dict[str, tuple[str, ...]] = {
    "pt": ("Alvim", "Barradas", "Cordovil", "Damasceno", "Esteves", "Falcão", "Godinho", "Hipólito", "Junqueira", "Lacerda", "Menezes",
           "Nogueira", "Peçanha", "Queirós", "Rezende", "Saldanha", "Taveira", "Valadão", "Xavier", "Zagalo", "Brandão", "Couto", "Farias"),
    "es": ("Aguirre", "Barrios", "Cáceres", "Domínguez", "Escobar", "Figueroa", "Gallardo", "Herrera", "Ibáñez", "Lozano", "Montes",
           "Navarro", "Ochoa", "Palacios", "Quiroga", "Rivas", "Salinas", "Tapia", "Urrutia", "Vallejo", "Zamora", "Bravo", "Cuevas"),
    "en": ("Ashby", "Barlow", "Carver", "Dalton", "Ellery", "Fowler", "Granger", "Hadley", "Ingram", "Jarvis", "Kendall", "Lockwood",
           "Mercer", "Norwood", "Osborne", "Prescott", "Quimby", "Radley", "Sheldon", "Thorne", "Upton", "Vance", "Wexler"),
    "de": ("Ackermann", "Bachmann", "Conrad", "Dietrich", "Ebert", "Fiedler", "Gruber", "Hartung", "Jansen", "Kessler", "Lindner",
           "Marquardt", "Neumann", "Oswald", "Pohl", "Reuter", "Seidel", "Tiedemann", "Ulrich", "Vogt", "Wendt", "Zeller", "Brandt"),
}
# Names that the pictures of the product show; the first customers of a Portuguese-speaking market get them.
KNOWN = (("Companhia Lumiara", 0), ("Hospital Três Palmas", 3))


def _words() -> list[str]:
    return [start + end for start in STARTS for end in ENDS]


def customers(rng: np.random.Generator, language: str, count: int) -> tuple[list[str], np.ndarray]:
    """`count` different customer names of a language, each with the number of its pattern (industry and kind)."""
    words, patterns = _words(), PATTERNS[language]
    known = KNOWN[:count] if language == "pt" else ()
    wanted = rng.choice(len(patterns), size=count, p=PATTERN_WEIGHTS / PATTERN_WEIGHTS.sum())
    order = [rng.permutation(len(words)) for _ in patterns]
    used = [0] * len(patterns)
    names = [name for name, _ in known]
    wanted[: len(known)] = [pattern for _, pattern in known]
    for pattern in wanted[len(known):].tolist():
        word = words[order[pattern][used[pattern] % len(words)]]
        again = used[pattern] // len(words)
        names.append(patterns[pattern].format(f"{word} {words[again]}" if again else word))
        used[pattern] += 1
    return names, wanted


def cities(rng: np.random.Generator, language: str) -> list[str]:
    """The towns of one country."""
    words = _words()
    chosen = rng.choice(len(words), size=CITIES_PER_COUNTRY, replace=False).tolist()
    forms = CITIES[language]
    return [_joined(forms[place % len(forms)], words[word]) for place, word in enumerate(chosen)]


def _joined(form: str, word: str) -> str:
    ending = form.removeprefix("{}")
    return form.format(word.rstrip("aeiou") if form.startswith("{}") and ending[:1] not in ("", " ") else word)


def pick(values: Sequence[str], places: np.ndarray) -> list[str]:
    """The values at these places."""
    return [values[place] for place in places.tolist()]
