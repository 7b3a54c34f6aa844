"""The XML parts of a workbook of two sheets: styles, names, widths (ECMA-376 part 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from pao_core.locale import formats, language
from pao_core.money import UNIT_PRICE_DECIMALS, decimals

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML 1.0 cannot carry at all.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Positions in the list of cell formats that `_styles` writes.
HEADER, TEXT, INTEGER, QUANTITY, UNIT_PRICE, PERCENT, DATE, MONTH, WRAPPED = range(1, 10)
MONEY = 10  # and the next four: by the decimals of the currency
MOST_DECIMALS = 4


@cache
def money_style(currency: str | None) -> int:
    """The cell format with this currency's decimals."""
    return MONEY + (decimals(currency) if currency else 2)


def escaped(text: str) -> str:
    """The text inside an XML element: characters that XML cannot carry are left out, a carriage return is kept."""
    text = _FORBIDDEN.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("\r", "&#13;")


def letters(place: int) -> str:
    """1 -> A, 27 -> AA."""
    name = ""
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def parts(names: Sequence[str], dates: Mapping[str, str]) -> dict[str, str]:
    """Every part but the sheets themselves; `names` are the sheets' names."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = "".join(f'<sheet name="{escaped(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True))
    relations = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    return {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{types}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId{len(names) + 1}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _styles(dates.get(language(), formats.DAY_FIRST)),
    }


def _styles(date_format: str) -> str:
    places = ["0" * n for n in range(MOST_DECIMALS + 1)]
    number_formats = {
        164: "#,##0.###", 165: "#,##0.00" + "#" * (UNIT_PRICE_DECIMALS - 2), 166: "0.0%", 167: date_format.lower(), 168: 'mmm"/"yy',
        **{170 + n: "#,##0" + ("." + zeros if zeros else "") for n, zeros in enumerate(places)},
    }
    # HEADER, TEXT (@), INTEGER (#,##0 is built in as 3), QUANTITY, UNIT_PRICE, PERCENT, DATE, MONTH, WRAPPED, money by decimals
    formats_in_order = [(0, 1), (49, 0), (3, 0), (164, 0), (165, 0), (166, 0), (167, 0), (168, 0), (49, 0), *((170 + n, 0) for n in range(5))]
    cells = "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">'
        f'<alignment vertical="top"{" wrapText=" + chr(34) + "1" + chr(34) if place == WRAPPED else ""}/></xf>'
        for place, (number, font) in enumerate(formats_in_order, start=1)
    )
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    listed = "".join(f'<numFmt numFmtId="{n}" formatCode="{escaped(code)}"/>' for n, code in number_formats.items())
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="{len(number_formats)}">{listed}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(formats_in_order) + 1}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def sheet_head(widths: Sequence[int], *, frozen: bool) -> bytes:
    """A sheet up to its first row, with column widths in characters and, when `frozen`, its header kept in sight."""
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/>' if frozen else ""
    columns = "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1))
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    ).encode()


def header_row(texts: Sequence[str]) -> bytes:
    """The first row, in bold."""
    return ('<row r="1">' + "".join(string(f"{letters(n)}1", HEADER, text) for n, text in enumerate(texts, start=1)) + "</row>").encode()


def string(place: str, style: int, text: str) -> str:
    """A text cell: inline, so never a formula."""
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'


def sheet_foot(filtered: str = "") -> bytes:
    """The end of a sheet; `filtered` is the range that gets filter arrows."""
    return f'</sheetData>{f"<autoFilter ref={chr(34)}{filtered}{chr(34)}/>" if filtered else ""}</worksheet>'.encode()


def number(place: str, style: int, value: object) -> str:
    """A cell with a number."""
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def two_columns(lines: Sequence[tuple[str, str]]) -> bytes:
    """A sheet of names in bold and what they say, long texts wrapped."""
    rows = "".join(
        f'<row r="{n}">{string(f"A{n}", HEADER, name)}{string(f"B{n}", WRAPPED, text)}</row>' for n, (name, text) in enumerate(lines, start=1)
    )
    return sheet_head([18, 100], frozen=False) + rows.encode() + sheet_foot()
