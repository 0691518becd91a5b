"""The cycles that exist, with the days that are sourced.

GRF 2019: 17-18 December 2019 (its advance day is unsourced); HLS 2019: 7 October 2019; HLOM 2021: 14-15
December 2021, advance day 13 December; GRF 2023: 13-15 December 2023; Progress Review 2025: 15-17 December
2025. Sources: UNHCR's oral update of 2021, sdg.iisd.org, unhcr.org.
"""

from datetime import UTC, date, datetime

from django.db import migrations

PUBLISHED = datetime(2021, 1, 1, tzinfo=UTC)
CYCLES = [
    ("grf-2019", "Global Refugee Forum 2019", "forum", date(2019, 12, 17), date(2019, 12, 18)),
    ("hls-2019", "High-Level Segment on Statelessness 2019", "thematic_segment", date(2019, 10, 7), date(2019, 10, 7)),
    ("hlom-2021", "High-Level Officials Meeting 2021", "mid_term_review", date(2021, 12, 14), date(2021, 12, 15)),
    ("grf-2023", "Global Refugee Forum 2023", "forum", date(2023, 12, 13), date(2023, 12, 15)),
    ("progress-review-2025", "Global Refugee Forum Progress Review 2025", "mid_term_review", date(2025, 12, 15), date(2025, 12, 17)),
]


def add_cycles(apps, schema_editor):
    Cycle = apps.get_model("events", "Cycle")
    for slug, title, kind, starts_on, ends_on in CYCLES:
        Cycle.objects.get_or_create(
            slug=slug,
            defaults={"title": title, "kind": kind, "starts_on": starts_on, "ends_on": ends_on, "published_at": PUBLISHED},
        )


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(add_cycles, migrations.RunPython.noop)]
