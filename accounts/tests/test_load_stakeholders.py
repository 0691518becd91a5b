"""Stakeholders from a file, by command and through the administration."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts.loading import StakeholderImporter
from accounts.models import Stakeholder
from accounts.tests.factories import make_country, make_stakeholder
from events.tests.pages import texts_of
from foundation import jobs
from foundation.importing import load
from foundation.models import HistoryEntry, Job
from foundation.spreadsheets import BY_COMMAND

pytestmark = pytest.mark.django_db
AT = datetime(2021, 5, 1, 9, tzinfo=UTC)
UPLOAD = "/admin/accounts/stakeholder/import/"


def as_csv(*rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def loaded(*rows, update=True):
    return load(StakeholderImporter(), as_csv(*rows), at=AT, update=update, limits=BY_COMMAND)


def troubles(*rows):
    return [f"{trouble.cell} {trouble.sentence}" for trouble in loaded(*rows).troubles]


FULL = {
    "name": "Example Fund",
    "kind": "foundation",
    "address": "the-fund",
    "country": "CH",
    "language": "fr",
    "institutional_mailbox": "Office@Example.org",
    "public": "no",
}


def test_a_full_row_becomes_a_stakeholder_with_its_history():
    report = loaded(FULL)

    assert report.new == ["the-fund"]
    row = Stakeholder.objects.get()
    assert (row.slug, row.name, row.kind, row.country, row.language, row.institutional_mailbox, row.is_public) == (
        "the-fund",
        "Example Fund",
        "foundation",
        make_country("CH"),
        "fr",
        "office@example.org",
        False,
    )
    assert HistoryEntry.objects.get(subject_uuid=row.uuid).verb == "added"


def test_a_short_row_gets_what_the_page_would_give():
    loaded({"name": "Fonds d'Été", "kind": "other"})

    row = Stakeholder.objects.get()
    assert (row.slug, row.language, row.country, row.is_public) == ("fonds-dete", "en", None, True)


def test_the_same_again_changes_nothing_and_what_the_file_does_not_say_stays():
    loaded(FULL)
    history = HistoryEntry.objects.count()

    assert loaded(FULL).unchanged == ["the-fund"]
    report = loaded({"name": "Renamed Fund", "kind": "foundation", "address": "the-fund"})

    assert report.changed == {"the-fund": {"name": ["Example Fund", "Renamed Fund"]}}
    row = Stakeholder.objects.get()
    assert (row.name, row.institutional_mailbox, row.country.code) == ("Renamed Fund", "office@example.org", "CH")
    assert HistoryEntry.objects.count() == history + 1


def test_changes_are_only_told_unless_asked_for():
    loaded(FULL)

    assert list(loaded(FULL | {"kind": "city"}, update=False).changed) == ["the-fund"]
    assert Stakeholder.objects.get().kind == "foundation"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"name": ""}, "A2 This field is required."),
        ({"name": "\u202e\u200b"}, "A2 Nothing of this name can be seen. Please type it."),
        ({"name": "x" * 201}, "A2 Ensure this value has at most 200 characters (it has 201)."),
        ({"kind": "club"}, "B2 Select a valid choice. club is not one of the available choices."),
        (
            {"address": "a b"},
            "C2 Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
        ),
        ({"country": "ZZ"}, "D2 “ZZ” is not a code that the portal knows."),
        ({"institutional_mailbox": "nobody"}, "F2 Enter a valid email address."),
        ({"public": "perhaps"}, "G2 “perhaps” is neither yes nor no."),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_saved(change, wanted):
    assert troubles(FULL | change, FULL | {"address": "good"}) == [wanted]
    assert not Stakeholder.objects.exists()


def test_an_address_twice_and_one_that_was_merged_are_named():
    into = make_stakeholder("New", slug="new")
    make_stakeholder("Old", slug="old", merged_into=into)

    assert troubles(FULL | {"address": "old"}, FULL | {"address": "a"}, FULL | {"address": "a"}) == [
        "C2 “old” was merged into “new”. Take the row out, or give that address.",
        "C4 “a” stands in line 3 already.",
    ]


def test_the_command_names_bad_cells_and_knows_a_file_again(tmp_path, capsys):
    path = tmp_path / "stakeholders.csv"
    path.write_bytes(as_csv(FULL | {"country": "ZZ"}))
    with pytest.raises(CommandError) as caught:
        call_command("load_stakeholders", path)
    assert str(caught.value).splitlines() == [
        "line 2, column country (cell D2): “ZZ” is not a code that the portal knows.",
        "Nothing was saved.",
    ]

    path.write_bytes(as_csv(FULL))
    call_command("load_stakeholders", path)
    call_command("load_stakeholders", path)
    out = capsys.readouterr().out.splitlines()
    assert [out[0], out[2]] == [
        "1 new, 0 changed, 0 unchanged stakeholders.",
        "0 new, 0 changed, 1 unchanged stakeholders.",
    ]
    assert out[1].startswith("This very file was imported before:")


@pytest.mark.parametrize(("count", "queries"), [(1, 9), (50, 9)])
def test_loading_costs_the_same_for_any_number_of_rows(count, queries, django_assert_num_queries):
    content = as_csv(*(FULL | {"address": f"fund-{number}"} for number in range(count)))

    with django_assert_num_queries(queries):
        load(StakeholderImporter(), content, at=AT, update=True, limits=BY_COMMAND)


def test_staff_bring_a_file_and_confirm_it(cast, log_in, client):
    staff, before = log_in(cast.editor), Stakeholder.objects.count()
    response = staff.post(UPLOAD, {"file": SimpleUploadedFile("s.csv", as_csv(FULL))})
    address = response["Location"]
    jobs.run_waiting(at=AT)

    sums = texts_of(staff.get(address).content.decode(), "sheet-sums")
    assert sums == ["s.csv: 1 new, 0 changed, 0 unchanged, 0 to mend. Nothing is saved yet."]
    assert Stakeholder.objects.count() == before
    staff.post(address, {"action": "import"})
    jobs.run_waiting(at=AT)

    assert "is imported: 1 new" in staff.get(address).content.decode()
    assert HistoryEntry.objects.get(verb="added").actor == cast.editor
    others = (client, log_in(cast.focal_point), log_in(cast.reviewer))
    for path in (UPLOAD, address):
        assert [person.get(path).status_code for person in others] == [302, 403, 403]
    # A job of stakeholders is none of pledges.
    assert staff.get(f"/admin/pledges/pledge/import/{Job.objects.get().uuid}/").status_code == 404
