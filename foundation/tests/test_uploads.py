"""Files are what they contain; hostile ones are refused with a sentence."""

import zipfile
import zlib
from io import BytesIO

import openpyxl
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from foundation import upload_child, uploads
from foundation.tests.files import PDF, picture
from foundation.uploads import FileKind, UnsafeUploadError, refuse_misleading_name, safe_name, take

MOST = 1024 * 1024
PNG, JPEG = picture("PNG"), picture("JPEG")
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


def anew(content):
    """A picture as it is kept."""
    return Image.open(BytesIO(take(BytesIO(content), "a", most_bytes=MOST).content))


def kind(content, most=MOST):
    return take(BytesIO(content), "file", most_bytes=most).kind.ending


@pytest.mark.parametrize(
    ("content", "ending"),
    [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg"), (package(), "docx"), (workbook(), "xlsx")],
    ids=["pdf", "png", "jpg", "docx", "xlsx"],
)
def test_a_kind_is_told_by_the_content(content, ending):
    taken = take(BytesIO(content), "Our report.bin", most_bytes=MOST)

    assert (taken.kind.ending, taken.name) == (ending, f"our-report.{ending}")
    assert taken.content == content or ending in ("png", "jpg")


def test_a_link_that_a_reader_may_click_is_allowed():
    assert kind(package({"word/_rels/document.xml.rels": RELS.format("hyperlink", "https://a.example")})) == "docx"


def test_the_table_behind_a_chart_is_allowed():
    assert kind(package({"word/embeddings/Microsoft_Excel_Worksheet.xlsx": workbook()})) == "docx"


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
    "gif that is a page": b"GIF89a/*" + b"<script>alert(1)</script>",
    "picture that is a program": b"\x89PNG\r\n\x1a\n<?php system($_GET[0]); ?>IEND\xaeB`\x82",
    "cut photo": picture("JPEG", size=(300, 300))[:400] + b"\xff\xd9",
    "web page in one file": b"MIME-Version: 1.0\nContent-Type: multipart/related\n",
    "packed objects that are damaged": PDF.replace(b"<<>>", b"<</Type/ObjStm>>stream\nnothing"),
    "packed objects without end": PDF.replace(b"<<>>", b"<</Type/ObjStm>>stream\n" + zlib.compress(bytes(900))[:9]),
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
    "program inside": package({"word/embeddings/oleObject1.bin": "MZ"}),
    "macro book inside": package({"word/embeddings/Book.xlsm": "x"}),
    "data from elsewhere": package({"xl/connections.xml": "<c/>"}),
    "other book": package({"xl/externalLinks/externalLink1.xml": "<c/>"}),
    "entities": package({"_rels/.rels": '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'}),
    "broken xml": package({"_rels/.rels": "<r"}),
    "huge relations": package({"_rels/.rels": b"<r>" + b" " * 3_000_000 + b"</r>"}),
    "two main parts": package(
        {
            "[Content_Types].xml": TYPES.format(WORD)[:-8]
            + f'<Override ContentType="{list(upload_child._MAIN_PARTS)[1]}"/></Types>'
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
        ("تقرير.pdf", "تقرير.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("CON.pdf", "file-con.pdf"),
        ("..", "document.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "document.pdf"),
        ("x" * 400 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_ends_as_the_content_says(name, safe):
    assert safe_name(name, FileKind("pdf")) == safe


@pytest.mark.parametrize(
    "inside",
    [
        b"<</S/JavaScript/JS(app.alert(1))>>",
        b"<</S /J#61vaScript /JS 5 0 R>>",
        b"<</S/Launch/F(calc.exe)>>",
        b"<</Names[]/EmbeddedFiles 3 0 R>>",
        b"<</AcroForm<</XFA[]>>>>",
        b"<</Type/Filespec/EF<</F 4 0 R>>>>",
        b"<</S/SubmitForm/F(https://e.example)>>",
        b"<</Type/ObjStm/Filter/FlateDecode>>stream\n" + zlib.compress(b"<</S/JavaScript>>") + b"\nendstream",
        b"<</Type/Obj#53tm/Filter/FlateDecode>>stream\r\n" + zlib.compress(b"<</S/L#61unch>>") + b"\nendstream",
    ],
    ids=["script", "escaped script", "program", "file inside", "form", "file", "sends", "packed", "packed, escaped"],
)
def test_a_pdf_that_is_more_than_pages_is_refused(inside):
    with pytest.raises(UnsafeUploadError, match=r"^The PDF holds scripts or other files\."):
        kind(PDF.replace(b"<<>>", inside))


def test_objects_that_are_packed_are_no_harm_in_a_pdf():
    packed = b"<</Type/ObjStm>>stream\n" + zlib.compress(b"<</Type/Page>>") + b"\nendstream\nendobj\n"
    assert kind(PDF.replace(b"<<>>endobj\n", packed + b"2 0 obj\n<<>>stream\nplain\nendstream\n")) == "pdf"


def test_words_about_scripts_do_no_harm_in_a_pdf():
    words = b"<</Title(Launch of JavaScript)/JSON 1/JavaScripts 2/EFG 1/EF12 5 0 R/JS1 6 0 R/JS>>"
    assert kind(PDF.replace(b"<<>>", words)) == "pdf"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "The file is of an old kind of office file."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "The file is protected by a password. Save it without one.",
        ),
        (encrypted(), "The file is protected by a password. Save it without one."),
        (PDF.replace(b"<<>>", b"<</Encrypt 5 0 R>>"), "The file is protected by a password. Save it without one."),
        (package({"word/vbaProject.bin": "x"}), "The file holds macros."),
        (bomb(), "The file is too large when it is unpacked."),
        (
            PDF.replace(b"<<>>", b"<</Type/ObjStm>>stream\n" + zlib.compress(bytes(51 * 1024 * 1024))),
            "The file is too large when it is unpacked.",
        ),
        (b"<html><script>", "Only PDF, Word (docx), Excel (xlsx), PNG and JPEG files can be taken."),
    ],
    ids=["old", "locked", "locked zip", "locked pdf", "macros", "bomb", "bomb in a pdf", "html"],
)
def test_the_sentence_says_what_is_wrong(content, sentence):
    with pytest.raises(UnsafeUploadError) as refused:
        kind(content)

    assert str(refused.value).startswith(sentence)


def test_a_page_under_the_name_of_a_pdf_is_told_so():
    with pytest.raises(UnsafeUploadError, match=r"^The name ends with \.pdf, but inside is something else\."):
        take(BytesIO(b"<html>"), "Report.pdf", most_bytes=MOST)


@pytest.mark.parametrize(
    "name",
    ["plan.pdf", "Plan.PDF", "plan.pdf ", "plan", "plan v1.2 final.pdf", "plan.2021.10.pdf", "no. 5, the plan.pdf"],
)
def test_names_of_good_faith_are_let_through(name):
    refuse_misleading_name(name, FileKind("pdf"))


@pytest.mark.parametrize(
    ("name", "ending", "sentence"),
    [
        ("plan.pdf.exe", "pdf", "The name ends with .exe, but inside is a file of the kind PDF."),
        ("plan.png", "jpg", "The name ends with .png, but inside is a file of the kind JPG."),
        ("plan.html.pdf", "pdf", "The name has a second ending, .html, which looks like a program."),
        ("plan.exe .pdf", "pdf", "The name has a second ending, .exe, which looks like a program."),
        ("../x/plan\u202e.SCR.docx", "docx", "The name has a second ending, .scr, which looks like a program."),
    ],
)
def test_names_with_a_second_ending_that_deceives_are_refused(name, ending, sentence):
    with pytest.raises(UnsafeUploadError) as refused:
        refuse_misleading_name(name, FileKind(ending))

    assert str(refused.value).startswith(sentence)


def test_photos_may_end_in_either_way():
    for name in ("a.jpg", "a.JPEG", "a.jpe"):
        refuse_misleading_name(name, FileKind("jpg"))


MARK = b"Xyzzyplugh"


def _photo_that_tells():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = MARK.decode(), 6
    exif.get_ifd(0x8825)[29] = MARK.decode()
    return picture("JPEG", size=(40, 30), exif=exif, comment=MARK, icc_profile=MARK, xmp=MARK) + MARK


def _drawing_that_tells():
    text = PngInfo()
    text.add_text("Author", MARK.decode())
    text.add_itxt("XML:com.adobe.xmp", MARK.decode())
    exif = Image.Exif()
    exif[0x010F] = MARK.decode()
    written = BytesIO()
    drawing = Image.new("P", (4, 3), 0)
    drawing.save(written, "PNG", pnginfo=text, exif=exif, icc_profile=MARK, transparency=0)
    return written.getvalue()


@pytest.mark.parametrize("content", [_photo_that_tells(), _drawing_that_tells()], ids=["photo", "drawing"])
def test_pictures_are_made_anew_without_what_they_tell_beside(content):
    taken = take(BytesIO(content), "a", most_bytes=MOST)

    # The profile and the compressed text of a PNG do not stand in the open, so what is read from it counts as well.
    assert MARK in content
    assert MARK not in taken.content
    with Image.open(BytesIO(taken.content)) as anew:
        assert (dict(anew.getexif()), set(anew.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}) == (
            {},
            {"transparency"} & set(anew.info),
        )


def test_a_photo_taken_sideways_stands_upright():
    with anew(_photo_that_tells()) as new:
        assert new.size == (30, 40)


def test_what_is_clear_in_a_drawing_stays_clear():
    with anew(_drawing_that_tells()) as new:
        assert new.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_drawings_keep_their_colours(mode):
    content = picture("PNG", mode)
    with Image.open(BytesIO(content)) as old, anew(content) as new:
        assert (new.mode, new.getpixel((1, 1))) == (old.mode, old.getpixel((1, 1)))


def test_photos_for_printers_become_photos_for_screens():
    with anew(picture("JPEG", "CMYK")) as new:
        assert new.mode == "RGB"


def test_of_moving_pictures_the_first_is_kept():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue", "green")]
    written = BytesIO()
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])

    with anew(written.getvalue()) as new:
        assert (getattr(new, "n_frames", 1), new.getpixel((0, 0))) == (1, (255, 0, 0))


def _claims(width, height):
    """A PNG of one pixel that claims to be larger."""
    claim = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + PNG[24:29]
    return PNG[:12] + claim + zlib.crc32(claim).to_bytes(4) + PNG[33:]


def _with_chunk(name, data):
    chunk = len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)
    return PNG[:33] + chunk + PNG[33:]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (_claims(30_000, 30_000), "The picture has more than 40 million pixels."),
        (_claims(8_000, 5_001), "The picture has more than 40 million pixels."),
        (_claims(2**31 - 1, 2**31 - 1), "The picture has more than 40 million pixels."),
        (_claims(0, 0), "The file is damaged"),
        (_claims(400, 400), "The file is damaged"),
        (_with_chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(60_000_000))), "The file is damaged"),
    ],
    ids=["pixels", "a few too many", "most of all", "none", "claims more", "text bomb"],
)
def test_pictures_that_overwhelm_are_refused_before_they_are_unpacked(content, sentence):
    assert len(content) < 100_000
    with pytest.raises(UnsafeUploadError) as refused:
        kind(content)

    assert str(refused.value).startswith(sentence)


def test_a_picture_of_as_many_pixels_as_may_be_fits_into_the_memory():
    assert kind(picture("JPEG", size=(8_000, 5_000)), most=10 * MOST) == "jpg"


@pytest.mark.parametrize("limit", [("_MOST_MEMORY", 90_000_000), ("_MOST_SECONDS", 0.001)], ids=["memory", "time"])
def test_what_costs_too_much_is_refused(monkeypatch, limit):
    monkeypatch.setattr(uploads, *limit)

    with pytest.raises(UnsafeUploadError, match=r"^The file takes too long or too much memory"):
        kind(picture("JPEG", size=(6_000, 6_000)))


def found_by_scanner(content):
    """Stands for a virus scanner."""
    if b"broken" in content:
        raise ConnectionError
    return "EICAR" if b"virus" in content else ""


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        (b"<</A(virus)>>", "The virus scanner refused the file."),
        (b"<</A(broken)>>", "Files cannot be checked for viruses just now."),
    ],
)
def test_a_scanner_of_the_organization_has_the_last_word(settings, inside, sentence):
    content = PDF.replace(b"<<>>", inside)
    assert kind(content) == "pdf"
    settings.UPLOAD_SCANNER = "foundation.tests.test_uploads.found_by_scanner"

    with pytest.raises(UnsafeUploadError) as refused:
        kind(content)

    assert str(refused.value).startswith(sentence)
    assert kind(PDF) == "pdf"
