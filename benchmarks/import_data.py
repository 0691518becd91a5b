"""Rows of pledges to bring in, and the baseline that writes them without looking at them."""

import csv
import io


def columns() -> tuple[str, ...]:
    """The first row of the file: what the importer asks for, and the description. Needs a Django that is set up."""
    from pledges.loading.importer import PledgeImporter  # noqa: PLC0415 -- only in the process that measures

    return (*PledgeImporter.required, "description")


def row_of(prefix: str, size: int, number: int) -> tuple[str, ...]:
    """A pledge as files have them, in the order of ``columns``.

    One stakeholder in ten pledges, a partner in every fourth, 300 letters of text.
    """
    return (
        f"{prefix}-{size * 10 + number}",
        f"Schooling for {number} children in host communities",
        f"{prefix} Sample Fund {size} {number // 10}",
        "foundation",
        "CH",
        f"{prefix} Sample Partner {size} {number // 40}" if number % 4 == 0 else "",
        "financial",
        "education",
        "GRF 2019",
        str(1_000 + number),
        "children",
        "2023",
        "KE; UG",
        f"https://example.org/pledges/{number}",
        "What will be done, where, with whom and by when. " * 6,
    )


def write_without_checks(content: str) -> None:
    """The same rows by ``bulk_create``: nothing is checked, compared, kept in a history or made searchable."""
    from datetime import UTC, datetime  # noqa: PLC0415 -- as above

    from django.db import transaction  # noqa: PLC0415 -- as above

    from accounts.models import Stakeholder  # noqa: PLC0415 -- as above
    from events.models import Cycle  # noqa: PLC0415 -- as above
    from pledges.models import Pledge, PledgeParty, PledgeVersion  # noqa: PLC0415 -- as above

    at = datetime(2019, 12, 19, tzinfo=UTC)
    occasion = Cycle.objects.get(slug="grf-2019")
    rows = list(csv.DictReader(io.StringIO(content)))
    with transaction.atomic():
        names = list(dict.fromkeys(row["entity"] for row in rows))
        made = Stakeholder.objects.bulk_create(
            (Stakeholder(slug=name.lower().replace(" ", "-"), name=name, kind="foundation") for name in names),
            batch_size=500,
        )
        leads = {row.name: row for row in made}
        pledges = Pledge.objects.bulk_create(
            (
                Pledge(reference=row["reference"], occasion=occasion, source_url=row["source"], published_at=at)
                for row in rows
            ),
            batch_size=500,
        )
        versions = PledgeVersion.objects.bulk_create(
            (
                PledgeVersion(
                    pledge=pledge,
                    number=1,
                    valid_from=at,
                    title=row["title"],
                    description=row["description"],
                    target_value=row["target_value"],
                    target_unit=row["target_unit"],
                    target_year=row["target_year"],
                )
                for pledge, row in zip(pledges, rows, strict=True)
            ),
            batch_size=500,
        )
        PledgeParty.objects.bulk_create(
            (
                PledgeParty(version=version, stakeholder=leads[row["entity"]], role="lead")
                for version, row in zip(versions, rows, strict=True)
            ),
            batch_size=500,
        )
