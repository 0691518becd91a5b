"""The address of an evidence file: who gets it, when, and how it comes."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.utils.html import strip_tags

from events.tests.pages import texts_of
from foundation.tests.files import PDF, pdf
from pledges import review, workflow
from pledges.content import empty_content
from pledges.models import Pledge
from pledges.tests.factories import make_evidence, make_pledge, make_update
from pledges.tests.test_evidence import facts, offer

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
EVERYBODY = (
    "public",
    "focal_point",
    "colleague",
    "contributor",
    "reader",
    "partner",
    "stranger",
    "editor",
    "reviewer",
    "superuser",
)
PARTIES = {"focal_point", "colleague", "contributor", "reader", "partner"}
STAFF = {"editor", "reviewer", "superuser"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def readers(cast, client, log_in):
    """A client for each of the cast."""
    people = {who: log_in(getattr(cast, who)) for who in EVERYBODY if who != "public"}
    return {"public": client, **people}


def address(file):
    return f"/evidence/{file.uuid}/"


def who_gets(readers, file):
    """Who gets it; everybody else must be told that there is nothing."""
    statuses = {who: reader.get(address(file)).status_code for who, reader in readers.items()}
    assert set(statuses.values()) <= {200, 404}
    return {who for who, status in statuses.items() if status == 200}


def test_from_draft_to_withdrawal_each_sees_it_from_its_own_moment(cast, readers):
    update = workflow.save_draft(**facts(cast, files=[offer()]))
    file = update.evidence.get()
    assert who_gets(readers, file) == PARTIES

    workflow.submit(**facts(cast, revision=1))
    assert who_gets(readers, file) == PARTIES | STAFF

    review.return_with_comment(at=AT, actor=cast.reviewer, update=update, number=1, comment="Which?")
    assert who_gets(readers, file) == PARTIES | STAFF

    workflow.submit(**facts(cast, revision=2, fields=empty_content(stage="planning", narrative="Two")))
    review.accept(at=AT, actor=cast.reviewer, update=update, number=2)
    assert who_gets(readers, file) == set(EVERYBODY)

    review.revoke(at=AT, actor=cast.reviewer, update=update, note="Sent in error.")
    assert who_gets(readers, file) == PARTIES | STAFF


def test_what_is_attached_after_a_return_is_not_yet_for_staff(cast, readers):
    file = make_evidence(make_update(cast.pledge, "returned"))
    later = workflow.save_draft(**facts(cast, files=[offer(pdf("later"))])).evidence.exclude(pk=file.pk).get()
    assert (who_gets(readers, file), who_gets(readers, later)) == (PARTIES | STAFF, PARTIES)


def test_what_was_taken_out_before_the_accepted_round_is_not_public(cast, readers):
    update = make_update(cast.pledge, "accepted")
    out = make_evidence(update)
    update.rounds.update(content={})
    assert who_gets(readers, out) == PARTIES


def test_the_files_of_an_unpublished_pledge_are_not_public(cast, readers):
    file = make_evidence(make_update(cast.pledge, "accepted"))
    Pledge.objects.update(published_at=None)
    assert who_gets(readers, file) == PARTIES | STAFF


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_the_files_of_others_are_not_found(cast, readers, state):
    file = make_evidence(make_update(make_pledge(cast.other), state))
    assert who_gets(readers, file) == {"stranger"} | (STAFF if state == "submitted" else set())


def test_staff_show_a_second_factor_first(cast, log_in):
    file = make_evidence(make_update(cast.pledge, "submitted"))
    assert log_in(cast.reviewer, second_factor=False).get(address(file)).status_code == 404


def test_whoever_left_sees_it_no_more(cast, log_in):
    file = make_evidence(make_update(cast.pledge, "draft"))
    client = log_in(cast.colleague)
    cast.colleague.memberships.update(ends_at=AT)
    assert client.get(address(file)).status_code == 404


def test_what_is_private_comes_to_be_saved_and_is_kept_by_nobody(cast, log_in):
    file = make_evidence(make_update(cast.pledge, "draft"), name="تقرير.pdf")
    client = log_in(cast.focal_point)

    response, head = client.get(address(file)), client.head(address(file))

    wanted = {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(PDF)),
        "Content-Disposition": "attachment; filename*=utf-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    assert b"".join(response.streaming_content) == PDF
    assert {name: response[name] for name in wanted} == wanted
    assert {name: head[name] for name in wanted} == wanted
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert "ETag" not in response


def test_what_is_public_is_asked_for_again_each_time(cast, client):
    file = make_evidence(make_update(cast.pledge, "accepted"))

    response = client.get(address(file))
    again = client.get(address(file), headers={"If-None-Match": response["ETag"]})

    assert (response.status_code, response["Cache-Control"], response["ETag"]) == (200, "no-cache", f'"{file.sha256}"')
    assert (again.status_code, again["Cache-Control"], again.content) == (304, "no-cache", b"")
    assert not response.cookies
    review.revoke(at=AT, actor=cast.reviewer, update=file.update, note="Sent in error.")
    assert client.get(address(file), headers={"If-None-Match": response["ETag"]}).status_code == 404


def test_other_methods_and_addresses_are_refused(cast, client, log_in):
    file = make_evidence(make_update(cast.pledge, "accepted"))
    statuses = [getattr(client, method)(address(file)).status_code for method in ("post", "put", "delete", "options")]
    assert statuses == [405, 405, 405, 405]
    staff = log_in(cast.superuser)
    assert [staff.get(f"/evidence/{odd}/").status_code for odd in (uuid4(), "x", "..%2f..")] == [404, 404, 404]
    for folder in ("", "static/", "media/", "files/"):
        assert client.get(f"/{folder}{file.file.name}").status_code == 404


def test_a_file_that_is_lost_is_not_found(cast, client, caplog):
    file = make_evidence(make_update(cast.pledge, "accepted"))
    file.file.storage.delete(file.file.name)

    assert client.get(address(file)).status_code == 404
    assert str(file.uuid) in caplog.text


def test_the_public_page_lists_the_files_of_the_accepted_round(cast, client):
    update = make_update(cast.pledge, "accepted")
    make_evidence(update)
    page = cast.pledge.get_absolute_url()
    assert texts_of(client.get(page).content.decode(), "file-list") == ["report.pdf PDF, 33 bytes What was built"]

    review.revoke(at=AT, actor=cast.reviewer, update=update, note="Sent in error.")
    assert "report.pdf" not in client.get(page).content.decode()


@pytest.mark.parametrize("state", ["draft", "submitted", "returned"])
def test_the_public_page_says_nothing_of_what_is_not_accepted(cast, client, state):
    make_evidence(make_update(cast.pledge, state))
    assert "report.pdf" not in client.get(cast.pledge.get_absolute_url()).content.decode()


def test_the_page_for_review_lists_the_files_of_the_round_beside_those_before(cast, log_in):
    make_evidence(make_update(cast.pledge, "accepted"), name="old.pdf")
    update = make_update(cast.pledge, "submitted", at=AT)
    make_evidence(update)
    staff = log_in(cast.reviewer)

    html = staff.get(f"/admin/pledges/progressupdate/{update.pk}/change/").content.decode()
    assert _links_to_files(html) == [
        "[no longer there: old.pdf (33\xa0bytes): What was built]",
        "[new: report.pdf (33\xa0bytes): What was built]",
    ]

    review.revoke(at=AT, actor=cast.reviewer, update=cast.pledge.updates.get(state="accepted"), note="Sent in error.")
    revoked = cast.pledge.updates.get(state="revoked")
    html = staff.get(f"/admin/pledges/progressupdate/{revoked.pk}/change/").content.decode()
    assert _links_to_files(html) == ["old.pdf (33\xa0bytes): What was built"]


def _links_to_files(html: str) -> list[str]:
    return [strip_tags(link) for link in re.findall(r'<a href="/evidence/.*?</a>', html)]


def test_the_page_for_review_says_nothing_of_a_draft(cast, log_in):
    update = make_update(cast.pledge, "draft")
    make_evidence(update)
    html = log_in(cast.reviewer).get(f"/admin/pledges/progressupdate/{update.pk}/change/").content.decode()
    assert "report.pdf" not in html


@pytest.mark.parametrize("count", [1, 3])
def test_the_file_costs_the_same_however_many_there_are(cast, log_in, client, django_assert_num_queries, count):
    drafted, accepted = make_update(make_pledge(cast.ngo), "draft"), make_update(cast.pledge, "accepted")
    for number in range(count):
        private, public = (make_evidence(update, pdf(str(number))) for update in (drafted, accepted))
    focal_point = log_in(cast.focal_point)

    with django_assert_num_queries(3):
        assert client.get(address(public)).status_code == 200
    with django_assert_num_queries(17):
        assert focal_point.get(address(private)).status_code == 200
