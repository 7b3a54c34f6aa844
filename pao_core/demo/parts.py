"""The parts: the few real numbers that public documents describe (domain.md 2.5), and invented families of the same shape."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# What a family can be sold as, with the words after its name, and its price as a share of the licence (renewal 20-26 % by
# a public record, domain.md 2.5; the other shares are ours).
WORDS: dict[str, tuple[str, str, str]] = {
    "license": ("license + S&S 12 months", "licença + S&S 12 meses", "licencia + S&S 12 meses"),
    "renewal": ("annual S&S renewal", "renovação anual de S&S", "renovación anual de S&S"),
    "reinstatement": ("S&S reinstatement 12 months", "reintegração de S&S 12 meses", "restablecimiento de S&S 12 meses"),
    "trade_up": (
        "trade-up license + S&S 12 months", "licença de upgrade (trade-up) + S&S 12 meses", "licencia de trade-up + S&S 12 meses",
    ),
    "monthly": ("monthly license", "licença mensal", "licencia mensual"),
    "subscription": ("subscription license 12 months", "licença por assinatura 12 meses", "licencia por suscripción 12 meses"),
    "fixed_term": ("fixed term license 12 months", "licença de prazo fixo 12 meses", "licencia de plazo fijo 12 meses"),
    "committed_term": (
        "committed term license 12 months", "licença de prazo comprometido 12 meses", "licencia de plazo comprometido 12 meses",
    ),
    "saas": ("as a service, 12 months", "como serviço, 12 meses", "como servicio, 12 meses"),
    "overage": ("overage", "excedente", "excedente"),
    "media": ("media pack", "pacote de mídia", "paquete de medios"),
}
SHARES = {
    "license": 1.0, "renewal": 0.23, "reinstatement": 0.45, "trade_up": 0.62, "monthly": 0.045, "subscription": 0.52, "fixed_term": 0.5,
    "committed_term": 0.48, "saas": 1.0, "overage": 0.11, "media": 1.0,
}
PERPETUAL = ("license", "renewal", "reinstatement")
TERMS = ("subscription", "fixed_term", "committed_term")

# metric: least and most of a licence in dollars, and a usual quantity
METRICS: dict[str, tuple[float, float, int]] = {
    "PVU": (28, 130, 700), "VPC": (420, 3400, 12), "RVU": (22, 210, 60), "UVU": (5, 40, 200), "Authorized User": (85, 900, 25),
    "Concurrent User": (300, 2500, 8), "Install": (2200, 38000, 1), "Terabyte": (800, 3000, 10),
}
SAAS_METRICS: dict[str, tuple[float, float, int]] = {
    "Instance": (2400, 30000, 1), "Authorized User": (60, 640, 40), "Thousand API Calls": (0.05, 0.9, 24_000),
    "Event Per Second": (90, 400, 30),
}
NOUNS: tuple[tuple[str, str, str, str], ...] = (  # group, English, Portuguese, Spanish
    ("Data and AI", "Database", "Banco de dados", "Base de datos"),
    ("Data and AI", "Data Platform", "Plataforma de dados", "Plataforma de datos"),
    ("Data and AI", "Data Warehouse", "Armazém de dados", "Almacén de datos"),
    ("Data and AI", "Forecasting", "Previsões", "Pronósticos"),
    ("Automation", "Application Server", "Servidor de aplicações", "Servidor de aplicaciones"),
    ("Automation", "Orchestration", "Orquestração", "Orquestación"),
    ("Automation", "Workflow", "Fluxo de trabalho", "Flujo de trabajo"),
    ("Automation", "Rules Engine", "Motor de regras", "Motor de reglas"),
    ("Security", "Event Monitoring", "Monitoração de eventos", "Monitoreo de eventos"),
    ("Security", "Data Protection", "Proteção de dados", "Protección de datos"),
    ("Security", "Identity", "Identidade", "Identidad"),
    ("Integration", "Message Queue", "Fila de mensagens", "Cola de mensajes"),
    ("Integration", "API Gateway", "Gateway de APIs", "Puerta de APIs"),
    ("Integration", "File Transfer", "Transferência de arquivos", "Transferencia de archivos"),
    ("Sustainability", "Environmental Management", "Gestão ambiental", "Gestión ambiental"),
    ("Sustainability", "Asset Care", "Cuidado de ativos", "Cuidado de activos"),
    ("Infrastructure", "Storage Management", "Gestão de armazenamento", "Gestión de almacenamiento"),
    ("Infrastructure", "Backup", "Cópia de segurança", "Copia de seguridad"),
)
EDITIONS = ("Standard", "Advanced", "Enterprise")
TREES = (
    "Ipê", "Aroeira", "Jatobá", "Tucum", "Buriti", "Cedrinho", "Angico", "Paineira", "Mulungu", "Sumaúma", "Copaíba",
    "Jequitibá", "Cambuci", "Pitanga", "Guabiroba", "Imbuia", "Peroba", "Sapucaia", "Umburana", "Quaresmeira", "Canela",
    "Louro", "Açoita", "Bracatinga",
)


@dataclass(frozen=True)
class RealFamily:
    """A product whose part numbers public documents name; `license_usd` anchors our invented prices (real where [S51])."""

    name: str
    group: str
    metric: str
    license_usd: float
    numbers: dict[str, str]  # part type -> part number


REAL = (
    RealFamily("IBM Edge Application Manager", "Automation", "RVU", 64.0, {
        "license": "D2840LL", "renewal": "E0R0HLL", "reinstatement": "D2841LL", "monthly": "D283ZLL", "committed_term": "D28I1LL"}),
    RealFamily("IBM Edge Server Edition", "Automation", "RVU", 88.0, {
        "license": "D2368LL", "renewal": "E0Q6RLL", "reinstatement": "D2369LL", "monthly": "D236CLL"}),
    RealFamily("IBM Edge Device Edition", "Automation", "RVU", 31.0, {
        "license": "D236ALL", "renewal": "E0Q6SLL", "reinstatement": "D236BLL", "monthly": "D236DLL"}),
    RealFamily("IBM Cloud Pak for Applications", "Automation", "VPC", 2150.0, {
        "license": "D24XJLL", "renewal": "E0QB6LL", "reinstatement": "D24XKLL", "trade_up": "D24XNLL", "monthly": "D24XHLL"}),
    RealFamily("IBM Cloud Pak for Applications for IBM Z", "Automation", "VPC", 2150.0, {
        "license": "D24XLLL", "renewal": "E0QB7LL", "reinstatement": "D24XMLL", "trade_up": "D24XPLL", "monthly": "D24XILL"}),
    RealFamily("IBM Mobile Foundation", "Integration", "VPC", 1380.0, {
        "license": "D24Q0LL", "renewal": "E0Q8ZLL", "reinstatement": "D24Q1LL", "monthly": "D24Q5LL"}),
    RealFamily("Lotus Domino Enterprise Server", "Collaboration", "PVU", 31.82, {"license": "D55JDLL", "renewal": "E020KLL"}),
    RealFamily("Lotus Domino Enterprise CAL", "Collaboration", "Authorized User", 125.74, {"license": "D0B7HLL", "renewal": "E07UMLL"}),
    RealFamily("Lotus Domino Utility Server", "Collaboration", "PVU", 157.36, {"license": "D55MRLL", "renewal": "E0225LL"}),
    RealFamily("Rational Application Developer for WebSphere", "Development", "Authorized User", 3518.19,
               {"license": "D54N4LL", "renewal": "E01MJLL"}),
    RealFamily("Rational ClearCase Change Management Solution", "Development", "Concurrent User", 5802.27,
               {"license": "D531GLL", "renewal": "E012XLL"}),
    RealFamily("Rational RequisitePro", "Development", "Authorized User", 1865.58, {"license": "D53NZLL", "renewal": "E019DLL"}),
)
REAL_NUMBERS = frozenset(number for family in REAL for number in family.numbers.values())
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LINKED = (("saas", "overage"), ("trade_up", "license"))  # beside the triples: a trade-up is renewed as the licence that it leads to
POINT_DOLLARS = 160  # ours: about so many dollars earn a point


@dataclass
class Parts:
    """The parts by column, and for each family the place of its part of a type (-1: none)."""

    rows: list[dict[str, object]] = field(default_factory=list)
    family: list[int] = field(default_factory=list)
    usd: list[float] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=lambda: {kind: [] for kind in WORDS})
    usual: list[int] = field(default_factory=list)  # quantity of a usual order, by family

    @property
    def numbers(self) -> list[str]:
        return [str(row["part_number"]) for row in self.rows]

    @property
    def families(self) -> int:
        return len(self.usual)

    def of(self, kind: str) -> np.ndarray:
        """By family the place of its part of this type; -1 where it has none."""
        return np.array(self.places[kind], dtype=np.int64)


def build(rng: np.random.Generator, lines: int) -> Parts:
    """The catalogue for a demonstration of that many order lines: larger for larger ones."""
    parts = Parts()
    fresh = Numbers(rng)
    for real in REAL:
        _add(parts, (real.name,) * 3, real.group, real.metric, METRICS[real.metric][2], real.license_usd, real.numbers)
    count = max(12, round(lines**0.42))
    choices = rng.permutation(len(NOUNS) * len(EDITIONS) * len(TREES))
    for place in range(count):
        _invent(parts, rng, fresh, int(choices[place % len(choices)]), place)
    return parts


def _invent(parts: Parts, rng: np.random.Generator, fresh: Numbers, choice: int, place: int) -> None:
    noun_place, rest = choice % len(NOUNS), choice // len(NOUNS)
    group, *nouns = NOUNS[noun_place]
    edition, tree = EDITIONS[rest % len(EDITIONS)], TREES[rest // len(EDITIONS)]
    is_saas = place % 4 == 1
    metrics = SAAS_METRICS if is_saas else METRICS
    metric = list(metrics)[int(rng.integers(len(metrics)))]
    low, high, usual = metrics[metric]
    if is_saas:
        kinds = ["saas", "overage"]
    else:
        kinds = [*PERPETUAL, *(["trade_up"] if rng.random() < 0.25 else []), *(["monthly"] if rng.random() < 0.4 else []),
                 *([TERMS[place % 3]] if place % 2 == 0 else [])]
    if place % 8 == 2:
        kinds.append("media")
    name = (f"{tree} {nouns[0]} {edition}", f"{tree} {nouns[1]} {edition}", f"{tree} {nouns[2]} {edition}")
    usd = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    _add(parts, name, group, metric, usual, usd, {kind: fresh.next(kind) for kind in kinds})


def _add(parts: Parts, name: tuple[str, str, str], group: str, metric: str, usual: int, usd: float, numbers: dict[str, str]) -> None:
    family = parts.families
    parts.usual.append(usual)
    for kind in WORDS:
        parts.places[kind].append(len(parts.rows) + list(numbers).index(kind) if kind in numbers else -1)
    links = {"license": "license_part", "renewal": "renewal_part", "reinstatement": "reinstatement_part", "overage": "overage_part"}
    for kind, number in numbers.items():
        price = 45.0 if kind == "media" else usd * SHARES[kind]
        texts = [f"{own} · {metric} · {word}" for own, word in zip(name, WORDS[kind], strict=True)]
        row: dict[str, object] = {
            "part_number": number, "description": texts[0], "description_pt": texts[1], "description_es": texts[2],
            "family": "saas" if kind in ("saas", "overage") else "software", "part_type": kind, "charge_metric": metric,
            "product_group": group,
            "points": 0 if kind == "media" else round(price / POINT_DOLLARS, 2 if price > 16 else 3),
        }
        for other, column in links.items():
            row[column] = numbers.get(other) if other != kind and (kind in PERPETUAL or (kind, other) in LINKED) else None
        parts.rows.append(row)
        parts.family.append(family)
        parts.usd.append(price)


class Numbers:
    """Part numbers of the real shape that no other part here has."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used = set(REAL_NUMBERS)

    def next(self, kind: str) -> str:
        """A new one: E for renewals, D for the rest of the software and SaaS, C and a language for media; then a 9."""
        head, tail = ("E", "LL") if kind == "renewal" else ("C", "EN") if kind == "media" else ("D", "LL")
        while True:
            drawn = self._rng.integers(len(ALPHABET), size=2).tolist()
            number = f"{head}9{ALPHABET[drawn[0]]}{ALPHABET[drawn[1]]}{int(self._rng.integers(10))}{tail}"
            if number not in self._used:
                self._used.add(number)
                return number
