"""Areas of focus, types of contribution and objectives, as UNHCR's pledge form of 2019 names them.

Source: UNHCR, "What are pledges" and the pledge form of 2019; the cross-cutting themes are those of the
stocktaking before the meeting of 2021. The codes are ours.
"""

from django.db import migrations

AREAS = [
    ("responsibility-sharing", "Arrangements for burden- and responsibility-sharing"),
    ("education", "Education"),
    ("jobs-and-livelihoods", "Jobs and livelihoods"),
    ("energy-and-infrastructure", "Energy and infrastructure"),
    ("solutions", "Solutions"),
    ("protection-capacity", "Protection capacity"),
    ("statelessness", "Statelessness"),
]
CROSS_CUTTING = [
    ("climate", "Climate"),
    ("data", "Data"),
    ("refugee-participation", "Refugee participation"),
    ("private-sector", "Private sector"),
    ("covid-19", "COVID-19"),
]
TYPES = [
    ("financial", "Financial"),
    ("material", "Material"),
    ("technical", "Technical assistance"),
    ("places", "Resettlement and complementary pathways"),
    ("policy", "Policy and practice"),
    ("other", "Other"),
]
OBJECTIVES = [
    ("ease-pressures", "Ease pressures on host countries"),
    ("self-reliance", "Enhance refugee self-reliance"),
    ("third-country-solutions", "Expand access to third-country solutions"),
    ("conditions-of-origin", "Support conditions in countries of origin for return in safety and dignity"),
]


def fill(model, rows, **extra):
    for position, (slug, name) in enumerate(rows, start=1):
        model.objects.get_or_create(slug=slug, defaults={"name": name, "position": position, **extra})


def fill_all(apps, schema_editor):
    Theme = apps.get_model("pledges", "Theme")
    fill(Theme, AREAS, is_area_of_focus=True)
    for position, (slug, name) in enumerate(CROSS_CUTTING, start=len(AREAS) + 1):
        Theme.objects.get_or_create(slug=slug, defaults={"name": name, "position": position, "is_area_of_focus": False})
    fill(apps.get_model("pledges", "ContributionType"), TYPES)
    fill(apps.get_model("pledges", "Objective"), OBJECTIVES)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0001_initial")]
    operations = [migrations.RunPython(fill_all, migrations.RunPython.noop)]
