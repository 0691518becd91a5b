"""Loads the States of the United Nations (193 members, 2 observers) with their short names and M49 regions."""

import csv
from pathlib import Path

from django.db import migrations

FILE = Path(__file__).resolve().parent.parent / "data" / "countries.csv"


def load(apps, schema_editor):
    country = apps.get_model("accounts", "Country")
    with FILE.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            country.objects.get_or_create(code=row["code"], defaults={"name": row["name"], "region": row["region"]})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
