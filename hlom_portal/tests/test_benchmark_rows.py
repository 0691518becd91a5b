"""The rows that the benchmark of imports brings in are ones that the importer takes."""

import csv
import io

import pytest

from benchmarks.import_data import columns, row_of
from foundation.row_reading import read
from foundation.spreadsheets import BY_COMMAND, read_table
from pledges.loading.importer import PledgeImporter

pytestmark = pytest.mark.django_db


def test_the_importer_reads_every_cell_as_it_is_meant():
    out = io.StringIO()
    csv.writer(out).writerows([columns(), *(row_of("ROW", 1, number) for number in range(5))])
    reading = read(PledgeImporter(), read_table(out.getvalue().encode(), BY_COMMAND))

    assert reading.troubles == []
    assert [(row.reference, row.facts.title) for row in reading.rows] == [
        (f"ROW-1{number}", f"Schooling for {number} children in host communities") for number in range(5)
    ]
    assert {row.source_url for row in reading.rows} == {f"https://example.org/pledges/{n}" for n in range(5)}
    assert {row.has_description for row in reading.rows} == {True}
