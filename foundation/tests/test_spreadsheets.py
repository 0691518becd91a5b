"""Spreadsheets in: text cells with their names, hostile files refused quickly."""

import resource
import struct
import time as clock
from datetime import time

import pytest
from openpyxl import Workbook

from foundation.spreadsheet_out import csv_lines, xlsx_bytes
from foundation.spreadsheets import ON_THE_WEB, Limits, Trouble, UnreadableFileError, read_table
from foundation.tests.sheets import DAY, SHEET, cells, changed, part_of, saved, sheet_xml, xlsx

PLAIN = xlsx(["a", "b"], ["1", "2"])


def refusal(content, limits=ON_THE_WEB):
    with pytest.raises(UnreadableFileError) as error:
        read_table(content, limits)
    return str(error.value)


def test_csv_and_xlsx_give_the_same_text_and_the_same_names():
    rows = [["name", "note"], ["Zürich", "two\nlines"], ["", ""], ["x", ""]]
    by_csv = read_table("".join(csv_lines(rows)).encode(), ON_THE_WEB)
    by_xlsx = read_table(xlsx_bytes(rows, title="Rows"), ON_THE_WEB)

    for table in (by_csv, by_xlsx):
        assert table.names == ["name", "note"]
        assert [record.cells for record in table.records] == [["Zürich", "two\nlines"], ["x", ""]]
        assert [record.name(1) for record in table.records] == ["B2", "B4"]
    assert [record.line for record in by_csv.records] == [2, 5]
    assert [record.line for record in by_xlsx.records] == [2, 4]


def test_numbers_dates_and_truths_become_plain_text():
    values = [2021, 2021.0, 0.1, 1e-7, True, DAY, DAY.replace(hour=15), time(9, 30), DAY.replace(day=1), "07"]
    content = xlsx([*"abcdefghij"], values, formats={"F2": "dd/mm/yyyy", "I2": "mmm\\-yy"})

    assert cells(content)[1] == [
        ["2021", "2021", "0.1", "0.0000001", "TRUE", "2021-07-08", "2021-07-08 15:00", "09:30", "2021-07", "07"]
    ]


def test_dates_counted_from_1904_are_the_same_days():
    assert cells(xlsx(["a"], [DAY], mac=True))[1] == [["2021-07-08"]]


def test_formulas_and_errors_are_named_and_never_run():
    table = read_table(xlsx(["a", "b"], ["x", '=HYPERLINK("https://a.example","b")'], ["#REF!", "=1+1"]), ON_THE_WEB)

    assert [record.cells for record in table.records] == [["x", ""], ["", ""]]
    assert [(record.name(at), text) for record in table.records for at, text in record.refused.items()] == [
        ("B2", "holds a formula. Put its value there instead (copy, then “paste values”)."),
        ("A3", "holds an error of the spreadsheet program."),
        ("B3", "holds a formula. Put its value there instead (copy, then “paste values”)."),
    ]


def test_first_visible_sheet_is_read():
    workbook = Workbook()
    workbook.active.append(["hidden"])
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("Second").append(["seen"])

    assert cells(saved(workbook)) == (["seen"], [])


def with_part(name, part=b"x"):
    return changed(PLAIN, {name: part})


def laughing():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE l [<!ENTITY l0 "lol">{entities}]>'
    return with_part(SHEET, sheet_xml('<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row>', head=head))


def entity_of_a_file():
    head = '<!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    return with_part(SHEET, sheet_xml('<row r="1"><c r="A1" t="str"><v>&e;</v></c></row>', head=head))


def macros_by_type():
    name = "[Content_Types].xml"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    return with_part(name, part_of(PLAIN, name).replace(kind, macro))


def protected_zip():
    """The bit by which a zip says that a part is encrypted, in both of its headers."""
    content = bytearray(PLAIN)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        struct.pack_into("<H", content, at + offset, 1)
    return bytes(content)


def shared_strings(count):
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<sst xmlns="{name}">'.encode() + b"<si><t>" + (b"x" * 60 + b"</t></si><si><t>") * count + b"</t></si></sst>"
    )


def ten_thousand_sheets():
    return changed(PLAIN, {f"xl/worksheets/sheet{number}.xml": b"<worksheet/>" for number in range(2, 10_002)})


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
MILLION = "".join(f'<row r="{number}"/>' for number in range(1, 1_000_001))
ONE = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: with_part("xl/zeros.bin", b"\0" * (51 * 1024 * 1024)), "unpacks to more than can be read"),
        (lambda: changed(PLAIN, {f"xl/part{n}.xml": b"" for n in range(2_001)}), "unpacks to more than can be read"),
        (laughing, "XML that unfolds"),
        (entity_of_a_file, "XML that unfolds"),
        (lambda: with_part("xl/externalLinks/externalLink1.xml"), "links to other files"),
        (lambda: with_part("xl/connections.xml"), "links to other files"),
        (lambda: with_part("xl/vbaProject.bin"), "holds macros"),
        (macros_by_type, "holds macros"),
        (lambda: with_part("xl/embeddings/oleObject1.bin"), "holds other files"),
        (lambda: with_part("../../etc/cron.d/x"), "names that point outside"),
        (lambda: with_part("/tmp/x"), "names that point outside"),
        (lambda: with_part(SHEET, sheet_xml(MILLION)), "more than 5000 rows"),
        (lambda: with_part(SHEET, sheet_xml(ONE + '<row r="9999999"><c t="str"><v>a</v></c></row>')), "more than 5000"),
        (lambda: with_part(SHEET, sheet_xml('<row r="1"><c r="XFD1" t="str"><v>a</v></c></row>')), "more than 60 col"),
        (lambda: with_part(SHEET, sheet_xml('<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>')), "damaged"),
        (lambda: with_part(SHEET, b"<worksheet"), "damaged"),
        (lambda: PLAIN[:-40], "damaged"),
        (lambda: xlsx(["a", "b"], ["1", "2"], [], merge="A2:A3"), "Cells A2:A3 are merged"),
        (lambda: with_part("xl/sharedStrings.xml", shared_strings(900_000)), "unpacks to more than can be read"),
        (ten_thousand_sheets, "unpacks to more than can be read"),
        (lambda: with_part("xl/queryTables/queryTable1.xml"), "links to other files"),
        (lambda: with_part("xl/macrosheets/sheet1.xml"), "holds macros"),
        (lambda: with_part("xl/activeX/activeX1.bin"), "holds macros"),
        (lambda: changed(PLAIN, {"xl/Workbook.xml": b"x"}), "damaged"),
        (lambda: OLD, "old Excel file"),
        (lambda: OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (protected_zip, "protected by a password"),
        (lambda: with_part("xl/workbook.xml", b"<html/>"), "no spreadsheet"),
        (lambda: b"PK\x05\x06" + b"\0" * 18, "This is no spreadsheet"),
        (lambda: b"x" * (5 * 1024 * 1024 + 1), "at most 5 MB"),
        (lambda: b"\xff\xfea\0", "not in UTF-8: see line 1"),
        (lambda: b"a\n" + b"1\n" * 5_001, "more than 5000 rows"),
        (lambda: b"a" + b"," * 60, "Row 1 has more than 60 columns"),
    ],
)
def test_hostile_files_are_refused_at_once(make, words):
    content = make()
    began = clock.monotonic()

    assert words in refusal(content)
    # Wanted is two seconds; the machine of the tests may be busy.
    assert clock.monotonic() - began < 10


def test_a_dimension_that_lies_costs_nothing():
    lie = with_part(SHEET, sheet_xml(ONE, before='<dimension ref="A1:XFD1048576"/>'))

    assert cells(lie) == (["a"], [])


def test_a_last_formatted_row_is_not_counted():
    rows = ONE + '<row r="2"><c r="A2" t="str"><v>b</v></c></row><row r="1048576" s="1"/>'

    assert cells(with_part(SHEET, sheet_xml(rows))) == (["a"], [["b"]])


def test_one_text_named_by_a_million_cells_is_refused():
    text = "x" * 30_000
    row = "".join(f'<c t="str"><v>{text}</v></c>' for _ in range(30))
    rows = "".join(f'<row r="{number}">{row}</row>' for number in range(1, 51))

    assert "unpacks to more" in refusal(with_part(SHEET, sheet_xml(rows)))


def test_time_and_memory_end_the_reading_process_not_this_one():
    content = with_part(SHEET, sheet_xml('<row r="1">' + '<c t="str"><v>x</v></c>' * 1_000_000 + "</row>"))
    before = resource.getrlimit(resource.RLIMIT_AS)

    assert "took too long" in refusal(content, Limits(rows=5_000, seconds=0))
    assert "unpacks to more" in refusal(content, Limits(rows=5_000, memory=100 * 1024 * 1024))
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_half_a_million_shared_strings_that_no_cell_uses_cost_no_answer():
    content = with_part("xl/sharedStrings.xml", shared_strings(500_000))

    assert cells(content) == (["a", "b"], [["1", "2"]])


def test_a_link_to_a_web_page_is_never_followed_and_its_words_are_read():
    workbook = Workbook()
    workbook.active["A1"] = "a"
    workbook.active["A2"] = "see"
    workbook.active["A2"].hyperlink = "https://a.example/track"

    assert cells(saved(workbook)) == (["a"], [["see"]])


@pytest.mark.parametrize("text", ["nul \x00", "bell \x07", "override \u202e", "mark \u200f", "isolate \u2066"])
def test_characters_that_hide_come_through_for_the_forms_to_judge(text):
    rows = [["a"], [text]]

    assert cells(xlsx_bytes(rows, title="t"))[1] == cells("".join(csv_lines(rows)).encode())[1] == [[text]]


def test_long_cells_are_named():
    content = b"a,b\nx," + b"y" * 40_000 + b"\n"
    (record,) = read_table(content, ON_THE_WEB).records

    assert (record.cells, record.refused) == (["x", ""], {1: "too long: more than 32767 characters."})


def test_trouble_says_where_it_is():
    assert str(Trouble(7, "start", "is empty.", "B7")) == "line 7, column start (cell B7): is empty."
    assert str(Trouble(7, "", "is odd.")) == "line 7: is odd."
