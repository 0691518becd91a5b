"""Notes when a plan last came to its end for a rule, so that those whom a broken one forgot can be counted."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def believe_earlier_plans(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A rule with reminders counted as planned so far, and nothing is known that says otherwise."""
    rules = apps.get_model("pledges", "ReminderRule").objects
    reminders = apps.get_model("pledges", "Reminder").objects.order_by()
    for rule, due_at in reminders.values_list("rule").annotate(models.Max("due_at")):
        rules.filter(pk=rule).update(planned_at=due_at)


class Migration(migrations.Migration):
    """One column, filled for the rules that have reminders."""

    dependencies = [("pledges", "0011_name_campaigns")]

    operations = [
        migrations.AddField(
            model_name="reminderrule",
            name="planned_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="When a plan last came to its end while this rule was due.",
                null=True,
                verbose_name="planned at",
            ),
        ),
        migrations.RunPython(believe_earlier_plans, migrations.RunPython.noop),
    ]
