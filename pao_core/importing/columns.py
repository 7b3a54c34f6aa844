"""What a dataset of the data dictionary and its columns are; the columns and headers that several datasets share."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from sqlalchemy import Table

from pao_core.access.people.names import MAX_EMAIL
from pao_core.money import QUANTITY_DECIMALS, UNIT_PRICE_DECIMALS
from pao_core.store.schema import metadata
from pao_core.store.types import name_key

IDENTIFIER_CHARACTERS = 64
NAME_CHARACTERS = 500


class Kind(StrEnum):
    """How a column's text is read."""

    IDENTIFIER = "identifier"  # kept as given
    SITE = "site"  # an identifier; a numeric one without its leading zeros
    NAME = "name"  # what people write
    EMAIL = "email"  # kept as users are told apart by it
    COUNTRY = "country"
    CURRENCY = "currency"
    CHOICE = "choice"  # one of a closed set
    BOOLEAN = "boolean"  # yes or no
    DATE = "date"
    NUMBER = "number"  # exact, with at most `decimals`
    INTEGER = "integer"  # from 1


LONGEST = {Kind.NAME: NAME_CHARACTERS, Kind.EMAIL: MAX_EMAIL}


@dataclass(frozen=True)
class Column:
    """One column. `aliases` are its other headers; `choices` are canonical words with their names in three languages.

    `references` names the table whose key the value must be. `helper` columns are not stored: they name stubs.
    `fallback` stands for an empty or absent value. A `lenient` country that is not known becomes ZZ with a warning.
    """

    name: str
    kind: Kind
    required: bool = False
    key: bool = False
    aliases: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    decimals: int = 0
    references: str | None = None
    helper: bool = False
    fallback: str | None = None
    lenient: bool = False

    @property
    def characters(self) -> int:
        """The longest text that is accepted."""
        return LONGEST.get(self.kind, IDENTIFIER_CHARACTERS)

    @cached_property
    def headers(self) -> frozenset[str]:
        """Every header that means this column, as `name_key` gives it."""
        return frozenset(name_key(alias) for alias in (self.name, *self.aliases))


@dataclass(frozen=True)
class Dataset:
    """One kind of file: its columns, in the order of the data dictionary, and the table that they fill.

    A `tenant` dataset is loaded by users for their own resellers; any other by the operator. The rows of a dataset that is
    `under` another belong to rows of that one, which are loaded before them: its key is the beginning of theirs.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    tenant: bool = False
    under: str | None = None

    @property
    def table(self) -> Table:
        return metadata.tables[self.name]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)

    @property
    def stored(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.helper)

    @property
    def references(self) -> tuple[str, ...]:
        """The tables that the columns refer to: what stubs can be made of."""
        return tuple(dict.fromkeys(column.references for column in self.columns if column.references))


def words(**choices: str) -> dict[str, tuple[str, ...]]:
    """Canonical word = its names, separated by `,`."""
    return {word.rstrip("_"): tuple(name.strip() for name in names.split(",")) if names else () for word, names in choices.items()}


def headers(names: str) -> tuple[str, ...]:
    """Headers, separated by `,`."""
    return tuple(name.strip() for name in names.split(","))


LEVELS = words(
    BL="base level, level bl, nível bl, nivel bl", D="level d, nível d, nivel d", E="level e, nível e, nivel e", F="level f, nível f, nivel f",
    G="level g, nível g, nivel g", H="level h, nível h, nivel h", ED="education, educação, educación", GV="government, governo, gobierno",
    SRP="suggested retail price, preço de varejo sugerido, precio de venta sugerido",
)
COUNTRY = headers("country/region, country code, country name, país, país/região, código do país, país/región, código de país")
CURRENCY = headers("currency code, moeda, código da moeda, moneda, divisa, código de moneda")
PART = headers(
    "part, part no, part #, part num, número da peça, peça, código da peça, part number id, número de pieza, número de parte, pieza, código de pieza"
)
SITE = headers(
    "site, site no, site #, site id, customer site number, customer site, número do site, nº do site, site do cliente, número do site do cliente, "
    "número de sitio, sitio, sitio del cliente, número del sitio"
)
RESELLER = headers(
    "reseller, reseller number, reseller site, reseller no, revendedor, site do revendedor, número do site do revendedor, número do revendedor, "
    "sitio del revendedor, número de sitio del revendedor, número del revendedor"
)
AGREEMENT = headers(
    "agreement, agreement no, agreement #, contract number, customer agreement number, contrato, número do contrato, nº do contrato, acordo, "
    "número do acordo, acuerdo, número de acuerdo, número de contrato, número del contrato"
)
LEVEL = headers("level, svp level, price band, nível, nível de preço, nivel, nivel de precio")
POINTS = headers("unit points, pontos, pontos unitários, puntos, puntos unitarios")
ORDER = headers(
    "order, order no, order #, sales order, pedido, número do pedido, nº do pedido, ordem, orden, número de pedido, número de orden, "
    "número del pedido"
)
LINE = headers("line, line no, line item, item, linha, número da linha, item de linha, línea, número de línea, posición, posição")
QUOTE = headers("quote, quote no, cotação, número da cotação, cotización, número de cotización")
SUBSCRIPTION = headers(
    "subscription, subscription no, subscription #, subscription id, assinatura, número da assinatura, nº da assinatura, suscripción, "
    "número de suscripción, número de la suscripción"
)


def reseller() -> Column:
    """The reseller that a tenant row belongs to."""
    return site("reseller_site_number", key=True, aliases=RESELLER, references="resellers")


def site(name: str = "site_number", *, required: bool = True, key: bool = False, aliases: tuple[str, ...] = SITE,
         references: str | None = "sites") -> Column:
    return Column(name, Kind.SITE, required, key, aliases, references=references)


def part(*, key: bool = False, references: str | None = "parts") -> Column:
    return Column("part_number", Kind.IDENTIFIER, True, key, PART, references=references)


def subscription() -> Column:
    """The number by which a reseller knows a subscription."""
    return Column("subscription_number", Kind.IDENTIFIER, True, True, SUBSCRIPTION)


def country(*, required: bool = False, key: bool = False, lenient: bool = False) -> Column:
    return Column("country", Kind.COUNTRY, required, key, COUNTRY, lenient=lenient)


def currency(*, key: bool = False) -> Column:
    return Column("currency", Kind.CURRENCY, True, key, CURRENCY)


def identifier(name: str, aliases: tuple[str, ...], *, required: bool = False, key: bool = False) -> Column:
    return Column(name, Kind.IDENTIFIER, required, key, aliases)


def line_number(*, required: bool) -> Column:
    return Column("line_number", Kind.INTEGER, required, True, LINE)


def named(name: str, aliases: str, *, required: bool = False, key: bool = False, helper: bool = False) -> Column:
    return Column(name, Kind.NAME, required, key, headers(aliases), helper=helper)


def email(name: str, aliases: str, *, key: bool = False) -> Column:
    return Column(name, Kind.EMAIL, True, key, headers(aliases))


def yes_no(name: str, aliases: str) -> Column:
    return Column(name, Kind.BOOLEAN, aliases=headers(aliases))


def day(name: str, aliases: str, *, required: bool = False, key: bool = False) -> Column:
    return Column(name, Kind.DATE, required, key, headers(aliases))


def coverage_start(*, required: bool = False, key: bool = False) -> Column:
    return day("coverage_start", "start of coverage, coverage from, início da cobertura, inicio de cobertura, inicio de la cobertura",
               required=required, key=key)


def coverage_end() -> Column:
    return day("coverage_end", "end of coverage, coverage to, fim da cobertura, fin de cobertura, fin de la cobertura")


def number(name: str, aliases: tuple[str, ...], decimals: int, *, required: bool = False) -> Column:
    return Column(name, Kind.NUMBER, required, aliases=aliases, decimals=decimals)


def quantity(name: str = "quantity", aliases: str = "qty, quantidade, qtd, qtde, cantidad, cant", *, required: bool = True) -> Column:
    return number(name, headers(aliases), QUANTITY_DECIMALS, required=required)


def unit_price(name: str = "unit_price", aliases: str = "price, unit svp, net price, preço, preço unitário, valor unitário, precio, precio unitario, "
               "valor unitario", *, required: bool = True) -> Column:
    return number(name, headers(aliases), UNIT_PRICE_DECIMALS, required=required)


def choice(name: str, aliases: tuple[str, ...], choices: dict[str, tuple[str, ...]], *, required: bool = False, key: bool = False,
           fallback: str | None = None) -> Column:
    return Column(name, Kind.CHOICE, required, key, aliases, choices, fallback=fallback)


def naming_stubs() -> tuple[Column, ...]:
    """The helper columns that name the sites and parts which a file creates."""
    return (
        named("customer_name", "customer, client, cliente, nome do cliente, nombre del cliente", helper=True),
        Column("site_country", Kind.COUNTRY, helper=True, lenient=True,
               aliases=headers("customer country, country of the site, país do site, país do cliente, país del sitio")),
        named("part_description", "description, descrição, descrição da peça, descripción, descripción de la pieza", helper=True),
    )
