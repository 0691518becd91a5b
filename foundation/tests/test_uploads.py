"""Files are what they contain; hostile ones are refused with a sentence."""

import zipfile
import zlib
from io import BytesIO

import openpyxl
import pytest

from foundation import uploads
from foundation.uploads import UnsafeUploadError, kind_of, safe_name

MOST = 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(20) + b"\xff\xd9"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override ContentType="{}"/></Types>'
)
RELS = '<Relationships><Relationship Type="http://x/{}" Target="{}" TargetMode="External"/></Relationships>'


def package(entries=None, *, main=WORD, **more):
    """An office file: the usual parts, and those given."""
    written = BytesIO()
    parts = {"[Content_Types].xml": TYPES.format(main), "word/document.xml": "<w/>"} | (entries or {})
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return written.getvalue()


def workbook():
    written = BytesIO()
    openpyxl.Workbook().save(written)
    return written.getvalue()


def kind(content, most=MOST):
    return kind_of(BytesIO(content), most_bytes=most).ending


@pytest.mark.parametrize(
    ("content", "ending"),
    [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg"), (package(), "docx"), (workbook(), "xlsx")],
    ids=["pdf", "png", "jpg", "docx", "xlsx"],
)
def test_a_kind_is_told_by_the_content(content, ending):
    file = BytesIO(content)

    assert kind_of(file, most_bytes=MOST).ending == ending
    assert file.tell() == 0


def test_a_link_that_a_reader_may_click_is_allowed():
    assert kind(package({"word/_rels/document.xml.rels": RELS.format("hyperlink", "https://a.example")})) == "docx"


def bomb():
    return package({f"word/{number}.xml": bytes(9 * 1024 * 1024) for number in range(6)})


def lying(content):
    """The same with sizes that say less than what comes out, in the directory and in front of the part."""
    real = (9_000_000).to_bytes(4, "little")
    return content.replace(real, (10).to_bytes(4, "little"))


def symlink():
    entry = zipfile.ZipInfo("word/link")
    entry.external_attr = 0o120777 << 16
    written = BytesIO(package())
    with zipfile.ZipFile(written, "a") as file:
        file.writestr(entry, "/etc/passwd")
    return written.getvalue()


def encrypted():
    return (
        package()
        .replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00")
        .replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    )


HOSTILE = {
    "nothing": b"",
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "html that begins like a pdf": b"<html>%PDF-1.7 %%EOF",
    "pdf without an end": b"%PDF-1.7\n<script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "gif": b"GIF89a" + bytes(30),
    "png without an end": PNG[:-5],
    "old word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "program": b"MZ" + bytes(600),
    "plain zip": package(main="text/plain"),
    "zip with something before it": b"GIF89a" + package(),
    "cut zip": package()[:-30],
    "zip without types": b"PK\x03\x04" + bytes(100),
    "bomb": bomb(),
    "lying bomb": lying(package({"word/a.xml": bytes(9_000_000)})),
    "too many parts": package({f"word/{number}": "" for number in range(2_001)}),
    "way up": package({"../../evil": "x"}),
    "absolute": package({"/etc/cron.d/evil": "x"}),
    "windows way": package({"word\\..\\evil": "x"}),
    "drive": package({"C:evil": "x"}),
    "link": symlink(),
    "encrypted": encrypted(),
    "twice": package({"WORD/document.xml": "x"}),
    "macros by name": package({"word/vbaProject.bin": "x"}),
    "macros by odd name": package({"word/VBAPROJECT.BIN": "x"}),
    "macros by type": package(main="application/vnd.ms-word.document.macroEnabled.main+xml"),
    "active x": package({"word/activeX/activeX1.xml": "x"}),
    "template from elsewhere": package(
        {"word/_rels/settings.xml.rels": RELS.format("attachedTemplate", "https://e.example")}
    ),
    "link to a file": package({"word/_rels/document.xml.rels": RELS.format("hyperlink", "file://server/share")}),
    "picture from elsewhere": package(
        {"word/_rels/document.xml.rels": RELS.format("image", "https://e.example/p.png")}
    ),
    "entities": package({"_rels/.rels": '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'}),
    "broken xml": package({"_rels/.rels": "<r"}),
    "huge relations": package({"_rels/.rels": b"<r>" + b" " * 3_000_000 + b"</r>"}),
    "two main parts": package(
        {
            "[Content_Types].xml": TYPES.format(WORD)[:-8]
            + f'<Override ContentType="{list(uploads._MAIN_PARTS)[1]}"/></Types>'
        }
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_sentence(name):
    with pytest.raises(UnsafeUploadError) as refused:
        kind(HOSTILE[name])

    assert str(refused.value).endswith(".")


def test_what_is_too_large_is_refused():
    with pytest.raises(UnsafeUploadError, match="larger than 1 MB"):
        kind(PDF[:-6] + bytes(MOST) + b"%%EOF\n")


def test_a_broken_stream_is_refused():
    content = bytearray(package({"word/a.xml": b"a" * 5000}))
    place = content.index(zlib.compress(b"a" * 5000)[2:12])
    content[place : place + 4] = b"\xff\xff\xff\xff"

    with pytest.raises(UnsafeUploadError, match="damaged"):
        kind(bytes(content))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Agenda.pdf", "agenda.pdf"),
        ("agenda.pdf.exe", "agenda-pdf.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\plan.docx", "plan.pdf"),
        ('a"; filename="evil.html\r\nX: y.pdf', "a-filenameevil-html-x-y.pdf"),
        ("تقرير.pdf", "document.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "document.pdf"),
        ("x" * 400 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_ends_as_the_content_says(name, safe):
    assert safe_name(name, uploads.FileKind("pdf")) == safe


@pytest.mark.parametrize(
    "inside",
    [
        b"<</S/JavaScript/JS(app.alert(1))>>",
        b"<</S /J#61vaScript /JS 5 0 R>>",
        b"<</S/Launch/F(calc.exe)>>",
        b"<</Names[]/EmbeddedFiles 3 0 R>>",
        b"<</AcroForm<</XFA[]>>>>",
    ],
    ids=["script", "escaped script", "program", "file inside", "form"],
)
def test_a_pdf_that_is_more_than_pages_is_refused(inside):
    with pytest.raises(UnsafeUploadError, match=r"^The PDF holds scripts or other files\."):
        kind(PDF.replace(b"<<>>", inside))


def test_words_about_scripts_do_no_harm_in_a_pdf():
    assert kind(PDF.replace(b"<<>>", b"<</Title(Launch of JavaScript)/JSON 1/JavaScripts 2>>")) == "pdf"
