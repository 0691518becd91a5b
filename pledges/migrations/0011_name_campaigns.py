"""Says of each reminder's mail to which window's campaign it belongs, so that it can be held with the others."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_campaigns(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One statement a window; those that have a name keep it."""
    mails = apps.get_model("foundation", "OutgoingMail").objects.filter(campaign="")
    reminders = apps.get_model("pledges", "Reminder").objects
    for window in apps.get_model("pledges", "UpdateWindow").objects.values_list("pk", flat=True):
        theirs = reminders.filter(rule__window=window, mail__isnull=False).values("mail")
        mails.filter(pk__in=theirs).update(campaign=f"window-{window}")


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("pledges", "0010_reminder_wording"), ("foundation", "0008_held_campaigns")]

    operations = [migrations.RunPython(name_campaigns, migrations.RunPython.noop)]
