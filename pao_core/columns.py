"""Columns that several reports have: one name, one text and one kind for the same thing everywhere.

A report that means something else by a name writes its own column.
"""

from __future__ import annotations

from pao_core.locale import N_
from pao_core.report import Column

MONTH = Column("month", N_("Month"), "month")
CUSTOMER = Column("customer", N_("Customer code"), "code", N_("Agreement number, else site number"))
CUSTOMER_NAME = Column("customer_name", N_("Customer"))
CUSTOMER_TYPE = Column("customer_type", N_("Customer type"), "customer_type")
AGREEMENT = Column("agreement", N_("Agreement number"), "code")
AGREEMENT_NUMBER = Column("agreement_number", N_("Agreement number"), "code")
PROGRAM = Column("program", N_("Enrollment type"), "program")
PRICE_LEVEL = Column("price_level", N_("Price level"), "level")
ANNIVERSARY_DATE = Column("anniversary_date", N_("Anniversary date"), "date")
SITE = Column("site", N_("Site number"), "code")
SITE_NUMBER = Column("site_number", N_("Site number"), "code")
SITE_NAME = Column("site_name", N_("Site"))
COUNTRY = Column("country", N_("Country/region"), "country")
RESELLER = Column("reseller", N_("Reseller"), "code")
RESELLER_SITE_NUMBER = Column("reseller_site_number", N_("Reseller"), "code")
PART_NUMBER = Column("part_number", N_("Part number"), "code")
PART_DESCRIPTION = Column("part_description", N_("Part description"))
PRODUCT_GROUP = Column("product_group", N_("Product group"))
CHARGE_METRIC = Column("charge_metric", N_("Charge metric"))
COVERAGE_START = Column("coverage_start", N_("Coverage start"), "date")
COVERAGE_END = Column("coverage_end", N_("Coverage end"), "date")
CURRENCY = Column("currency", N_("Currency"), "code")
CUSTOMERS = Column("customers", N_("Customers"), "integer")
SITES = Column("sites", N_("Sites"), "integer")
LINES = Column("lines", N_("Lines"), "integer")
QUANTITY = Column("quantity", N_("Quantity"), "quantity")
AMOUNT = Column("amount", N_("Amount"), "money")
