"""Attaching files on the form of an update: without script, and without losing a word."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from events.tests.pages import texts_of
from foundation.tests.files import PDF, pdf, picture
from pledges.evidence import lines_of
from pledges.models import EvidenceFile, ProgressUpdate, UpdateRound
from pledges.tests.factories import make_evidence, make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def url(pledge):
    return f"/my/pledges/{pledge.reference}/update/"


def upload(content=PDF, name="Our report.pdf"):
    return SimpleUploadedFile(name, content, content_type="text/html")


def typed(revision=0, action="save", **fields):
    return {
        "revision": revision,
        "action": action,
        "stage": "in-progress",
        "narrative": "Four schools are open.",
        "language": "en",
        **fields,
    }


def problems(response):
    return texts_of(response.content.decode(), "error-summary")


@pytest.mark.parametrize(("action", "place"), [("save", ""), ("attach", "#evidence")])
@pytest.mark.parametrize("who", ["focal_point", "contributor"])
def test_a_file_is_attached_with_the_text(cast, log_in, who, action, place):
    client = log_in(getattr(cast, who))

    response = client.post(url(cast.pledge), typed(action=action, evidence=upload(), caption="The two new schools"))

    file = EvidenceFile.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{url(cast.pledge)}{place}")
    assert (file.file_name, file.caption, file.content_type) == (
        "our-report.pdf",
        "The two new schools",
        "application/pdf",
    )
    assert ProgressUpdate.objects.get().narrative == "Four schools are open."
    html = client.get(url(cast.pledge)).content.decode()
    assert texts_of(html, "file-row") == ["our-report.pdf PDF, 33 bytes The two new schools Take out our-report.pdf"]
    assert "“our-report.pdf” is attached." in html


def test_a_picture_is_kept_without_what_it_tells(cast, log_in):
    content = picture("JPEG", comment=b"Xyzzyplugh")
    log_in(cast.focal_point).post(url(cast.pledge), typed(evidence=upload(content, "Foto école.JPEG")))

    file = EvidenceFile.objects.get()
    assert file.file_name == "foto-école.jpg"
    assert b"Xyzzyplugh" in content
    assert b"Xyzzyplugh" not in file.file.read()


def test_submitting_takes_the_file_along(cast, log_in):
    client = log_in(cast.focal_point)

    response = client.post(url(cast.pledge), typed(action="submit", stage="fulfilled", evidence=upload()), follow=True)

    [line] = lines_of(UpdateRound.objects.get().content)
    assert (line.name, line.uuid) == ("our-report.pdf", EvidenceFile.objects.get().uuid)
    assert texts_of(response.content.decode(), "file-list") == ["our-report.pdf PDF, 33 bytes"]


HOSTILE = {
    "page": ("report.pdf", b"<html><script>", "The name ends with .pdf, but inside is something else."),
    "svg": ("plan.svg", b"<svg onload='alert(1)'/>", "Only PDF, Word (docx), Excel (xlsx), PNG and JPEG files"),
    "svg as png": ("plan.png", b"<svg onload='alert(1)'/>", "The name ends with .png, but inside is something else."),
    "old excel": ("plan.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "The file is of an old kind"),
    "double ending": ("plan.pdf.exe", PDF, "The name ends with .exe, but inside is a file of the kind PDF."),
    "hidden ending": ("plan.exe.pdf", PDF, "The name has a second ending, .exe"),
    "script": ("plan.pdf", PDF.replace(b"<<>>", b"<</S/JavaScript>>"), "The PDF holds scripts or other files."),
    "locked": ("plan.pdf", PDF.replace(b"<<>>", b"<</Encrypt 1 0 R>>"), "The file is protected by a password."),
    "empty": ("plan.pdf", b"", "The file is empty."),
    "too large": ("plan.pdf", PDF[:-6] + bytes(1024 * 1024) + b"%%EOF\n", "The file is larger than 1 MB."),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("action", ["save", "submit"])
def test_a_refused_file_loses_nothing_typed(cast, log_in, settings, name, action):
    settings.EVIDENCE_MOST_BYTES = 1024 * 1024
    file_name, content, sentence = HOSTILE[name]

    response = log_in(cast.focal_point).post(
        url(cast.pledge), typed(action=action, evidence=upload(content, file_name), caption="My description")
    )

    html = response.content.decode()
    assert response.status_code == 422
    assert [f"Attach a file: {sentence}" in told for told in problems(response)] == [True]
    assert "Four schools are open.</textarea>" in html
    assert 'value="My description"' in html
    assert "data-autosave-unsaved" in html
    assert not ProgressUpdate.objects.exists()
    assert not EvidenceFile.objects.exists()


def test_text_that_is_refused_lets_the_file_be_chosen_again(cast, log_in):
    fields = typed(links="no address", evidence=upload(), caption="My description")
    response = log_in(cast.focal_point).post(url(cast.pledge), fields)

    assert response.status_code == 422
    assert "Please choose your file once more." in problems(response)[0]
    assert 'value="My description"' in response.content.decode()
    assert not EvidenceFile.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": "attach"}, "Please choose a file first."),
        ({"caption": "My description"}, "Please choose the file that you described, or empty its description."),
        ({"caption": "x" * 201, "evidence": upload()}, "This has 201 characters"),
    ],
)
def test_a_description_and_a_file_belong_together(cast, log_in, fields, sentence):
    response = log_in(cast.focal_point).post(url(cast.pledge), typed(**fields))

    assert (response.status_code, sentence in problems(response)[0]) == (422, True)
    assert not ProgressUpdate.objects.exists()


def test_too_many_files_are_refused_and_the_form_offers_no_more(cast, log_in, settings):
    settings.EVIDENCE_MOST_FILES = 1
    client = log_in(cast.focal_point)
    client.post(url(cast.pledge), typed(evidence=upload()))

    response = client.post(url(cast.pledge), typed(1, narrative="Five schools", evidence=upload(pdf("2"))))

    assert (response.status_code, EvidenceFile.objects.count()) == (422, 1)
    assert "An update takes 1 file. Take it out before you attach another." in problems(response)[0]
    assert "Five schools</textarea>" in response.content.decode()
    page = client.get(url(cast.pledge)).content.decode()
    assert "These are as many files as an update takes." in page
    assert 'type="file"' not in page


def test_sent_twice_it_is_one_file(cast, log_in):
    client = log_in(cast.focal_point)
    answers = [client.post(url(cast.pledge), typed(evidence=upload())).status_code for _time in range(2)]
    assert (answers, EvidenceFile.objects.count(), ProgressUpdate.objects.count()) == ([302, 302], 1, 1)


def test_the_script_that_saves_sends_no_files(cast, log_in):
    response = log_in(cast.focal_point).post(url(cast.pledge), typed(action="autosave", evidence=upload()))
    assert (response.status_code, ProgressUpdate.objects.count(), EvidenceFile.objects.count()) == (200, 1, 0)


def test_taking_a_file_out_keeps_what_is_typed(cast, log_in):
    file = make_evidence(make_update(cast.pledge, "draft"))
    client = log_in(cast.contributor)
    fields = typed(narrative="Not saved yet", take_out=str(file.uuid), caption="My description")
    del fields["action"]

    responses = [client.post(url(cast.pledge), fields) for _time in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    assert "The file was taken out." in responses[0].content.decode()
    assert "The file had been taken out already." in responses[1].content.decode()
    assert "Not saved yet</textarea>" in responses[0].content.decode()
    assert 'value="My description"' in responses[0].content.decode()
    assert not EvidenceFile.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("reader", 403), ("partner", 403), ("stranger", 404), ("reviewer", 404), ("superuser", 404)],
)
@pytest.mark.parametrize("verb", ["attach", "take out"])
def test_others_neither_attach_nor_take_out(cast, log_in, who, status, verb):
    file = make_evidence(make_update(cast.pledge, "draft"))
    fields = typed(evidence=upload(pdf("2"))) if verb == "attach" else typed(take_out=str(file.uuid))

    response = log_in(getattr(cast, who)).post(url(cast.pledge), fields)

    assert (response.status_code, EvidenceFile.objects.get()) == (status, file)


@pytest.mark.parametrize("uuid", ["", "x", "1" * 400])
def test_what_names_no_file_is_not_found(cast, log_in, uuid):
    make_update(cast.pledge, "draft")
    assert log_in(cast.focal_point).post(url(cast.pledge), typed(take_out=uuid)).status_code == 404


def test_what_waits_for_review_keeps_its_files(cast, log_in):
    file = make_evidence(make_update(cast.pledge, "submitted"))

    response = log_in(cast.focal_point).post(url(cast.pledge), typed(take_out=str(file.uuid)))

    assert (response.status_code, EvidenceFile.objects.get()) == (403, file)
    assert "Four schools are open." in response.content.decode()


def test_whoever_was_overtaken_is_told_to_attach_again(cast, log_in):
    log_in(cast.colleague).post(url(cast.pledge), typed(narrative="Hers"))
    response = log_in(cast.focal_point).post(url(cast.pledge), typed(evidence=upload()))

    assert (response.status_code, EvidenceFile.objects.count()) == (409, 0)
    assert "The file that you had chosen was not kept." in response.content.decode()


def test_whoever_was_logged_out_is_told_to_attach_again(cast, client):
    with_file = client.post(url(cast.pledge), typed(evidence=upload()))
    without = client.post(url(cast.pledge), typed())
    told = ["The file that you had chosen was not kept." in each.content.decode() for each in (with_file, without)]
    assert (with_file.status_code, told) == (403, [True, False])


def test_partners_and_readers_see_what_is_attached(cast, log_in):
    make_evidence(make_update(cast.pledge, "draft"))
    for who in (cast.partner, cast.reader):
        html = log_in(who).get(url(cast.pledge)).content.decode()
        assert texts_of(html, "file-list") == ["report.pdf PDF, 33 bytes What was built"]


def test_while_it_waits_the_round_says_which_files_were_sent(cast, log_in):
    make_evidence(make_update(cast.pledge, "submitted"))
    html = log_in(cast.focal_point).get(url(cast.pledge)).content.decode()
    assert texts_of(html, "file-list") == ["report.pdf PDF, 33 bytes What was built"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_form_costs_the_same_with_one_and_many_files(cast, log_in, django_assert_num_queries, count):
    client = log_in(cast.focal_point)
    update = make_update(cast.pledge, "draft")
    for number in range(count):
        make_evidence(update, pdf(str(number)))
    with django_assert_num_queries(16):
        assert len(texts_of(client.get(url(cast.pledge)).content.decode(), "file-row")) == count


def test_partners_read_what_is_attached_beside_the_common_text(cast, log_in):
    make_evidence(make_update(cast.pledge, "draft"))
    html = log_in(cast.partner).get(f"/my/pledges/{cast.pledge.reference}/partners/").content.decode()
    assert texts_of(html, "file-list") == ["report.pdf PDF, 33 bytes What was built"]
