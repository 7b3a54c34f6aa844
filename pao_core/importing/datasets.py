"""The data dictionary as data: which files can be imported, their columns, words and headers in three languages.

Another dataset is another entry here; mapping, checking and loading read these entries and know no dataset by name, but
for the rules of `rules.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from sqlalchemy import Table

from pao_core.locale import N_
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
    COUNTRY = "country"
    CURRENCY = "currency"
    CHOICE = "choice"  # one of a closed set
    DATE = "date"
    NUMBER = "number"  # exact, with at most `decimals`
    INTEGER = "integer"  # from 1


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
        return NAME_CHARACTERS if self.kind is Kind.NAME else IDENTIFIER_CHARACTERS

    @cached_property
    def headers(self) -> frozenset[str]:
        """Every header that means this column, as `name_key` gives it."""
        return frozenset(name_key(alias) for alias in (self.name, *self.aliases))


@dataclass(frozen=True)
class Dataset:
    """One kind of file: its columns, in the order of the data dictionary, and the table that they fill.

    A `tenant` dataset is loaded by users for their own resellers; any other by the operator.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    tenant: bool = False

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


def _words(**choices: str) -> dict[str, tuple[str, ...]]:
    """Canonical word = its names, separated by `,`."""
    return {word.rstrip("_"): tuple(name.strip() for name in names.split(",")) if names else () for word, names in choices.items()}


def _aliases(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


LEVELS = _words(
    BL="base level, level bl, nível bl, nivel bl", D="level d, nível d, nivel d", E="level e, nível e, nivel e", F="level f, nível f, nivel f",
    G="level g, nível g, nivel g", H="level h, nível h, nivel h", ED="education, educação, educación", GV="government, governo, gobierno",
    SRP="suggested retail price, preço de varejo sugerido, precio de venta sugerido",
)
COUNTRY_ALIASES = _aliases("country/region, country code, country name, país, país/região, código do país, país/región, código de país")
CURRENCY_ALIASES = _aliases("currency code, moeda, código da moeda, moneda, divisa, código de moneda")
PART_ALIASES = _aliases(
    "part, part no, part #, part num, número da peça, peça, código da peça, part number id, número de pieza, número de parte, pieza, código de pieza"
)
SITE_ALIASES = _aliases(
    "site, site no, site #, site id, customer site number, customer site, número do site, nº do site, site do cliente, número do site do cliente, "
    "número de sitio, sitio, sitio del cliente, número del sitio"
)
RESELLER_ALIASES = _aliases(
    "reseller, reseller number, reseller site, reseller no, revendedor, site do revendedor, número do site do revendedor, número do revendedor, "
    "sitio del revendedor, número de sitio del revendedor, número del revendedor"
)
AGREEMENT_ALIASES = _aliases(
    "agreement, agreement no, agreement #, contract number, customer agreement number, contrato, número do contrato, nº do contrato, acordo, "
    "número do acordo, acuerdo, número de acuerdo, número de contrato, número del contrato"
)
LEVEL_ALIASES = _aliases("level, svp level, price band, nível, nível de preço, nivel, nivel de precio")
UNIT_PRICE_ALIASES = _aliases("price, unit svp, net price, preço, preço unitário, valor unitário, precio, precio unitario, valor unitario")
POINTS_ALIASES = _aliases("unit points, pontos, pontos unitários, puntos, puntos unitarios")


def _site(name: str = "site_number", *, required: bool = True, key: bool = False, aliases: tuple[str, ...] = SITE_ALIASES,
          references: str | None = "sites") -> Column:
    return Column(name, Kind.SITE, required, key, aliases, references=references)


def _part(*, key: bool = False, references: str | None = "parts") -> Column:
    return Column("part_number", Kind.IDENTIFIER, True, key, PART_ALIASES, references=references)


def _country(*, required: bool = False, key: bool = False, lenient: bool = False) -> Column:
    return Column("country", Kind.COUNTRY, required, key, COUNTRY_ALIASES, lenient=lenient)


def _currency(*, key: bool = False) -> Column:
    return Column("currency", Kind.CURRENCY, True, key, CURRENCY_ALIASES)


def _identifier(name: str, aliases: str) -> Column:
    return Column(name, Kind.IDENTIFIER, aliases=_aliases(aliases))


def _name(name: str, aliases: str, *, required: bool = False, helper: bool = False) -> Column:
    return Column(name, Kind.NAME, required, aliases=_aliases(aliases), helper=helper)


def _date(name: str, aliases: str, *, required: bool = False, key: bool = False) -> Column:
    return Column(name, Kind.DATE, required, key, _aliases(aliases))


def _number(name: str, aliases: tuple[str, ...], decimals: int, *, required: bool = False) -> Column:
    return Column(name, Kind.NUMBER, required, aliases=aliases, decimals=decimals)


def _choice(name: str, aliases: tuple[str, ...], choices: dict[str, tuple[str, ...]], *, required: bool = False, key: bool = False,
            fallback: str | None = None) -> Column:
    return Column(name, Kind.CHOICE, required, key, aliases, choices, fallback=fallback)


RESELLERS = Dataset("resellers", N_("Resellers"), (
    _site(key=True, aliases=SITE_ALIASES + RESELLER_ALIASES, references=None),
    _name("name", "reseller name, company, company name, nome, nome do revendedor, empresa, razão social, nombre, nombre del revendedor, "
                  "razón social", required=True),
    _country(required=True),
    _choice("tier", _aliases("type, tipo, nível do revendedor, categoria, categoría"), _words(
        distributor="value added distributor, distribuidor, distribuidor de valor agregado, mayorista, vad",
        reseller="revendedor, tier 2, tier2, business partner, parceiro de negócios, socio de negocios",
    )),
    _site("distributor_site_number", required=False, references="resellers", aliases=_aliases(
        "distributor, distributor site, distributor number, distribuidor, site do distribuidor, número do site do distribuidor, "
        "sitio del distribuidor, número de sitio del distribuidor")),
))

AGREEMENTS = Dataset("agreements", N_("Agreements"), (
    Column("agreement_number", Kind.IDENTIFIER, True, True, AGREEMENT_ALIASES),
    _choice("program", _aliases("programme, enrollment type, enrolment type, programa, tipo de inscrição, tipo de inscripción"), _words(
        PA="passport advantage", PAX="passport advantage express, pa express, pae", ELA="enterprise license agreement, enterprise licence agreement",
    ), required=True),
    _name("customer_name", "customer, name, cliente, nome do cliente, nome, nombre del cliente, nombre", required=True),
    _date("first_order_date", "first order, data do primeiro pedido, primeiro pedido, fecha del primer pedido, primer pedido"),
    _date("anniversary_date", "anniversary, aniversário, data de aniversário, aniversario, fecha de aniversario"),
    _choice("price_level", LEVEL_ALIASES, LEVELS),
    _choice("customer_type", _aliases("type of customer, tipo de cliente, tipo do cliente"), _words(
        commercial="comercial", academic="education, acadêmico, académico, educación, educação", government="governo, gobierno, governamental",
    )),
    _name("status", "situação, estado, situación, estatus"),
))

SITES = Dataset("sites", N_("Sites"), (
    _site(key=True, references=None),
    _identifier("ibm_customer_number", "ibm customer no, customer number, icn, número de cliente ibm, número do cliente ibm, número de cliente"),
    _name("name", "site name, customer, customer name, nome, nome do site, cliente, nome do cliente, nombre, nombre del sitio, nombre del cliente",
          required=True),
    Column("agreement_number", Kind.IDENTIFIER, aliases=AGREEMENT_ALIASES, references="agreements"),
    _choice("role", _aliases("site role, site type, papel, função, tipo de site, rol, tipo de sitio"), _words(
        originating="originating site, originador, site originador, sitio originador, originario",
        additional="additional site, adicional, site adicional, sitio adicional", express="expresso, exprés",
    )),
    _country(required=True),
    _name("state", "state/province, province, region, uf, estado/província, província, provincia, región"),
    _name("city", "town, cidade, município, ciudad, municipio"),
    _name("industry", "sector, setor, indústria, ramo, industria"),
))

PARTS = Dataset("parts", N_("Parts"), (
    _part(key=True, references=None),
    _name("description", "part description, descrição, descrição da peça, descripción, descripción de la pieza", required=True),
    _name("description_pt", "description (pt), part description (pt), descrição em português, descripción en portugués"),
    _name("description_es", "description (es), part description (es), descrição em espanhol, descripción en español"),
    _choice("family", _aliases("part family, família, familia"), _words(
        software="programa", saas="cloud, cloud services, software as a service, nuvem, serviços em nuvem, nube",
    )),
    _choice("part_type", _aliases("type, tipo, tipo de peça, tipo da peça, tipo de pieza"), _words(
        license="licence, perpetual, licença, licencia", renewal="s&s renewal, renovação, renovación",
        reinstatement="reintegração, reintegración, reinstalación", trade_up="trade-up, upgrade, licença de upgrade, actualización",
        subscription="subscription license, subscription licence, assinatura, suscripción, licença por assinatura, licencia de suscripción",
        monthly="monthly license, monthly licence, mensal, licença mensal, mensual, licencia mensual",
        fixed_term="fixed term license, fixed term licence, licença de prazo fixo, prazo fixo, plazo fijo, licencia de plazo fijo",
        committed_term="committed term license, committed term licence, prazo comprometido, licença de prazo comprometido, plazo comprometido, "
                       "licencia de plazo comprometido",
        saas="software as a service, cloud", overage="excedente", media="media pack, mídia, medios", unknown="desconhecido, desconocido",
    )),
    _name("charge_metric", "metric, métrica, métrica de cobrança, métrica de cobro"),
    _name("product_group", "product, product family, grupo de produtos, grupo de produto, produto, grupo de productos, producto"),
    _number("points", POINTS_ALIASES, 3),
    _identifier("license_part", "license part number, licence part, peça de licença, pieza de licencia"),
    _identifier("renewal_part", "renewal part number, peça de renovação, pieza de renovación"),
    _identifier("reinstatement_part", "reinstatement part number, peça de reintegração, pieza de reintegración"),
    _identifier("overage_part", "overage part number, peça de excedente, pieza de excedente"),
))

PRICES = Dataset("prices", N_("Prices"), (
    _part(key=True),
    _country(required=True, key=True),
    _currency(key=True),
    _choice("price_level", LEVEL_ALIASES, LEVELS, required=True, key=True),
    _date("effective_from", "effective, effective date, start date, valid from, vigente desde, vigência, início da vigência, válido desde, "
                            "vigencia, inicio de vigencia", required=True, key=True),
    _date("effective_to", "end date, valid to, valid until, vigente até, fim da vigência, válido até, vigente hasta, fin de vigencia, válido hasta"),
    _number("unit_price", UNIT_PRICE_ALIASES, UNIT_PRICE_DECIMALS, required=True),
    _number("points", POINTS_ALIASES, 3),
))

ORDERS = Dataset("orders", N_("Orders"), (
    _site("reseller_site_number", key=True, aliases=RESELLER_ALIASES, references="resellers"),
    Column("order_number", Kind.IDENTIFIER, True, True, _aliases(
        "order, order no, order #, sales order, pedido, número do pedido, nº do pedido, ordem, orden, número de pedido, número de orden, "
        "número del pedido")),
    Column("line_number", Kind.INTEGER, False, True, _aliases(
        "line, line no, line item, item, linha, número da linha, item de linha, línea, número de línea, posición, posição")),
    _date("order_date", "date, date of order, ordered on, data, data do pedido, fecha, fecha del pedido, fecha de pedido", required=True),
    _choice("order_type", _aliases("type, type of order, tipo, tipo de pedido, tipo do pedido"), _words(
        purchase="new purchase, compra, nova compra, nueva compra", renewal="renovação, renovación", media="media pack, mídia, medios",
        saas="cloud, cloud services, software as a service, nuvem, nube",
    ), fallback="purchase"),
    _site(),
    _country(lenient=True),
    _part(),
    _number("quantity", _aliases("qty, quantidade, qtd, qtde, cantidad, cant"), QUANTITY_DECIMALS, required=True),
    _number("unit_price", UNIT_PRICE_ALIASES, UNIT_PRICE_DECIMALS, required=True),
    _currency(),
    _identifier("po_number", "po, purchase order, customer po, ordem de compra, número da ordem de compra, orden de compra, "
                             "número de orden de compra"),
    _identifier("quote_number", "quote, quote no, cotação, número da cotação, cotización, número de cotización"),
    _date("coverage_start", "start of coverage, coverage from, início da cobertura, inicio de cobertura, inicio de la cobertura"),
    _date("coverage_end", "end of coverage, coverage to, fim da cobertura, fin de cobertura, fin de la cobertura"),
    _name("status", "order status, status do pedido, situação, estado, estado del pedido, situación"),
    _name("customer_name", "customer, client, cliente, nome do cliente, nombre del cliente", helper=True),
    Column("site_country", Kind.COUNTRY, aliases=_aliases("customer country, country of the site, país do site, país do cliente, país del sitio"),
           helper=True, lenient=True),
    _name("part_description", "description, descrição, descrição da peça, descripción, descripción de la pieza", helper=True),
), tenant=True)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (RESELLERS, AGREEMENTS, SITES, PARTS, PRICES, ORDERS)}
