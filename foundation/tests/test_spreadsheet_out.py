"""Spreadsheets out: nothing leaves that executes, and every text comes back."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from foundation.inert_cells import as_meant, as_text_cell
from foundation.spreadsheet_out import csv_lines, rows_with_errors, xlsx_bytes
from foundation.spreadsheets import ON_THE_WEB, Record, Table, Trouble, read_table
from foundation.tests.sheets import SHEET, cells, part_of

ATTACKS = [
    "=1+1", "==1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", " =1", "＝1", "＋1", "－1", "＠1",
    "'=1", "''@",
    "=cmd|' /C calc'!A0", '=HYPERLINK("https://a.example")', "-cmd", "- a dash", "+41 22 739 81 11",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_begins_like_a_formula_leaves_as_one(attack):
    rows = [["a", "b"], [attack, "x"]]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(rows, title="t"))).active

    assert as_text_cell(attack) == f"'{attack}"
    assert (sheet["A2"].data_type, sheet["A2"].number_format) == ("s", "@")
    assert cells(xlsx_bytes(rows, title="t")) == (["a", "b"], [[attack, "x"]])
    assert cells("".join(csv_lines(rows)).encode()) == (["a", "b"], [[attack, "x"]])


@pytest.mark.parametrize("text", ["", "12", "-12", "-0.5", "2021-05", "a=b", "'quoted'", "it's", "x"])
def test_what_is_harmless_stays_as_it_is(text):
    assert (as_text_cell(text), as_meant(text)) == (text, text)


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


@given(text=st.one_of(TEXTS, st.text(alphabet="'=+-@ \t\n\x005.", max_size=6)))
@hypothesis_settings(max_examples=2_000)
def test_every_text_comes_back(text):
    safe = as_text_cell(text)

    assert as_meant(safe) == text
    assert safe[:1] not in {"=", "+", "@", "\t", "\r", "\x00"}


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4))
@hypothesis_settings(max_examples=25)
def test_every_table_comes_back_from_both_kinds_of_file(rows):
    wanted = [row for row in rows if any(cell.strip() for cell in row)]
    table = [["a", "b"], *rows]

    assert cells("".join(csv_lines(table)).encode())[1] == wanted
    assert [row for row in cells(xlsx_bytes(table, title="t"))[1] if any(cell.strip() for cell in row)] == wanted


def test_texts_that_look_like_codes_of_characters_come_back():
    rows = [["a"], ["_x0041_ and _x005F_"], ["bell\x07"]]

    assert cells(xlsx_bytes(rows, title="t"))[1] == rows[1:]
    assert b"\x07" not in part_of(xlsx_bytes(rows, title="t"), "xl/sharedStrings.xml" if has_shared(rows) else SHEET)


def has_shared(rows):
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(rows, title="t"))) as archive:
        return "xl/sharedStrings.xml" in archive.namelist()


def test_a_title_that_no_sheet_may_have_is_mended():
    content = xlsx_bytes([["a"]], title="[2021]: a/b*c? and a very long name of a meeting")

    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["2021   a b c  and a very long"]


def test_the_report_s_own_column_is_added_and_read_over():
    table = Table(["a", "b"], [Record(2, 2, ["1", "x"]), Record(3, 3, ["2", "y"])], is_csv=False)
    troubles = [Trouble(3, "b", "is empty.", "B3"), Trouble(3, "", "is odd.")]
    rows = list(rows_with_errors(table, troubles))

    assert rows == [["a", "b", "errors"], ["1", "x", ""], ["2", "y", "B3 b: is empty. is odd."]]
    assert read_table(xlsx_bytes(rows, title="t"), ON_THE_WEB) == table
    assert cells("".join(csv_lines(rows)).encode()) == (["a", "b"], [["1", "x"], ["2", "y"]])
