"""A report as a file for people: the rows, the filters, the age of the data, and how every total comes about.

What a page offers for download and what the command line writes are made here, from one result of `report.run` with all rows. Reading
anew what the explanation tells asks for the viewer's right again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlencode

from pao_core.access import Viewer
from pao_core.explain import blocks, explain
from pao_core.export.pdf import MOST_ROWS as MOST_ROWS
from pao_core.export.pdf import table_pdf
from pao_core.export.xlsx import table_xlsx
from pao_core.locale import _, formats
from pao_core.report import Result, page_of

# What a reader misses first where not every column fits, in any report.
MATTER = ("customer_name", "part_description", "quantity", "due_date", "order_date", "end")


def xlsx(result: Result, viewer: Viewer, *, today: date) -> bytes:
    """The workbook: the rows, what they are, how the totals come about."""
    report = result.report
    return table_xlsx(_(report.TITLE), result.columns, result.rows, words=result.filters.words(), as_of=as_of(result, viewer),
                      definition=_(report.DEFINITION), blocks=blocks(explain(report, viewer, result.filters, today=today)))


def pdf(result: Result, viewer: Viewer, *, today: date, made: datetime, first: Sequence[str] = ()) -> bytes:
    """The PDF; `first` names the columns that matter most, else MATTER. Raises Refused when it cannot be made within its bounds."""
    report, settings = result.report, viewer.store.settings
    asked = {} if result.filters.fitting()[1] else result.filters.to_params()  # too much for an address: it leads to the page
    address = f"{settings.base_url}/{page_of(report)}?{urlencode({'form': result.form, **asked}, doseq=True)}"
    elsewhere = _("All rows and columns are in the XLSX and CSV files, which are to be had on the page {address}", address=address)
    return table_pdf(_(report.TITLE), result.columns, result.rows, words=result.filters.words(), as_of=as_of(result, viewer),
                     definition=_(report.DEFINITION), made=made, elsewhere=elsewhere, count=result.count, first=first or MATTER,
                     blocks=blocks(explain(report, viewer, result.filters, today=today)))


def as_of(result: Result, viewer: Viewer) -> str:
    """The age of the rows, in words."""
    return formats.moment(result.as_of, viewer.store.settings.timezone) if result.as_of else ""
