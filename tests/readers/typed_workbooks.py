"""The smallest workbooks of the formats that no library of ours writes, typed by hand: .ods, .xls
and .xlsb with one sheet of texts, numbers, truths and times."""

import io
import struct
import zipfile
from datetime import datetime
from xml.sax.saxutils import escape

_START = datetime(1899, 12, 30)
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
_PART = "http://schemas.openxmlformats.org/package/2006"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EMPTY = (
    '<table:table-row table:number-rows-repeated="1048000">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def as_ods(rows, manifest="<manifest/>"):
    """An OpenDocument sheet, as LibreOffice writes it: blanks in a text are elements, and the sheet
    is filled with empty cells to its end."""

    def write_cell(cell):
        match cell:
            case bool():
                kind = f'boolean" office:boolean-value="{str(cell).lower()}'
            case int() | float():
                kind = f'float" office:value="{cell!r}'
            case datetime():
                kind = f'date" office:date-value="{cell.isoformat()}'
            case None:
                return "<table:table-cell/>"
            case _:
                text = escape(cell).replace(" ", "<text:s/>")
                return (
                    f'<table:table-cell office:value-type="string"><text:p>{text}</text:p>'
                    "</table:table-cell>"
                )
        return f'<table:table-cell office:value-type="{kind}"/>'

    body = "".join(
        f"<table:table-row>{''.join(map(write_cell, row))}</table:table-row>" for row in rows
    )
    names = " ".join(f'xmlns:{each}="{_OFFICE}{each}:1.0"' for each in ("office", "table", "text"))
    content = (
        f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="s">'
        f"{body}{_EMPTY}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return pack(
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", content),
    )


def as_xls(rows, protected=False):
    """A workbook of Excel 97: BIFF8 records in a compound file."""

    def record(kind, data=b""):
        return struct.pack("<HH", kind, len(data)) + data

    def write_cell(row, column, cell):
        at = struct.pack("<HHH", row, column, isinstance(cell, datetime))
        match cell:
            case bool():
                return record(0x0205, at + struct.pack("<BB", cell, 0))
            case int() | float():
                return record(0x0203, at + struct.pack("<d", cell))
            case datetime():
                return record(0x0203, at + struct.pack("<d", to_serial(cell)))
            case None:
                return b""
        text = cell.encode("utf-16-le")
        return record(0x0204, at + struct.pack("<HB", len(text) // 2, 1) + text)

    globals_ = record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    if protected:
        globals_ += record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    globals_ += b"".join(
        record(0x00E0, struct.pack("<HH", 0, number_format) + bytes(16))
        for number_format in (0, 22)
    )
    name = struct.pack("<BBBBs", 0, 0, 1, 0, b"s")
    sheet_at = len(globals_) + 4 + 4 + len(name) + 4
    stream = globals_ + record(0x0085, struct.pack("<I", sheet_at) + name) + record(0x000A)
    stream += record(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    stream += b"".join(
        write_cell(at, column, cell)
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
    )
    return as_compound_file("Workbook", stream + record(0x000A))


def as_xlsb(rows):
    """A workbook whose parts are binary records."""

    def record(kind, data=b""):
        head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
        size, length = len(data), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return head + length + bytes([size]) + data

    def write_text(text):
        return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")

    def write_cell(column, cell):
        at = struct.pack("<II", column, isinstance(cell, datetime))
        match cell:
            case bool():
                return record(4, at + struct.pack("<B", cell))
            case int() | float():
                return record(5, at + struct.pack("<d", cell))
            case datetime():
                return record(5, at + struct.pack("<d", to_serial(cell)))
            case None:
                return b""
        return record(6, at + write_text(cell))

    book = record(0x9C, struct.pack("<II", 0, 1) + write_text("rId1") + write_text("s"))
    styles = b"".join(
        record(0x2F, struct.pack("<HH", 0, number_format) + bytes(12)) for number_format in (0, 22)
    )
    size = struct.pack("<IIII", 0, len(rows), 0, max(map(len, rows)))
    sheet = record(0x81) + record(0x94, size) + record(0x91)
    for at, row in enumerate(rows):
        sheet += record(0, struct.pack("<I", at) + bytes(13))
        sheet += b"".join(write_cell(column, cell) for column, cell in enumerate(row))
    link = f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.bin"/>'
    return pack(
        ("[Content_Types].xml", f'<Types xmlns="{_PART}/content-types"/>'),
        ("xl/workbook.bin", record(0x83) + record(0x8F) + book + record(0x90) + record(0x84)),
        (
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{_PART}/relationships">{link}</Relationships>',
        ),
        ("xl/styles.bin", record(0x0269, struct.pack("<I", 2)) + styles + record(0x026A)),
        ("xl/worksheets/sheet1.bin", sheet + record(0x92) + record(0x82)),
    )


def as_compound_file(name, stream):
    """One stream in an OLE2 file, as .xls and workbooks with a password are."""
    stream = stream.ljust(4096, b"\0")  # a shorter one would be kept elsewhere
    sectors = -(-len(stream) // 512)
    table = [_FAT, _END, *range(3, 2 + sectors), _END]

    def write_entry(entry, kind, child, start, size):
        spelled = entry.encode("utf-16-le") + b"\0\0"
        return (
            spelled.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(spelled), kind, 1, _FREE, _FREE, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    return b"".join(
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16),
            struct.pack(
                "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0
            ),
            struct.pack("<109I", 0, *[_FREE] * 108),
            struct.pack("<128I", *table, *[_FREE] * (128 - len(table))),
            write_entry("Root Entry", 5, 1, _END, 0),
            write_entry(name, 2, _FREE, 2, len(stream)),
            bytes(256),
            stream.ljust(512 * sectors, b"\0"),
        )
    )


def pack(*parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts:
            packed.writestr(name, content)
    return out.getvalue()


def to_serial(moment):
    """The days since 1899 that Excel keeps of a time."""
    return (moment - _START).total_seconds() / 86400
