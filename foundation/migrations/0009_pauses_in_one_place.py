"""One table for every pause: of a campaign, as before, and of all mail, until now columns of the outbox's control."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is paused stays paused."""
    pauses = apps.get_model("foundation", "Pause").objects
    for row in apps.get_model("foundation", "OutboxControl").objects.filter(paused_at__isnull=False):
        pauses.create(campaign="", paused_at=row.paused_at, paused_by_id=row.paused_by_id, reason=row.pause_reason)


def give_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is paused stays paused under the code of before as well."""
    pauses = apps.get_model("foundation", "Pause").objects.filter(campaign="")
    for row in pauses:
        facts = {"paused_at": row.paused_at, "paused_by_id": row.paused_by_id, "pause_reason": row.reason}
        apps.get_model("foundation", "OutboxControl").objects.update_or_create(pk=1, defaults=facts)
    pauses.delete()


class Migration(migrations.Migration):
    """The table of held campaigns takes the new name; then the rows move; then the columns go."""

    dependencies = [
        ("foundation", "0008_held_campaigns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="heldcampaign", name="heldcampaign_has_name_and_reason"),
        migrations.RenameModel(old_name="HeldCampaign", new_name="Pause"),
        migrations.AlterModelOptions(
            name="pause", options={"verbose_name": "pause", "verbose_name_plural": "pauses"}
        ),
        migrations.RenameField(model_name="pause", old_name="name", new_name="campaign"),
        migrations.RenameField(model_name="pause", old_name="held_at", new_name="paused_at"),
        migrations.RenameField(model_name="pause", old_name="held_by", new_name="paused_by"),
        migrations.AlterField(
            model_name="pause",
            name="campaign",
            field=models.CharField(blank=True, max_length=40, unique=True, verbose_name="campaign"),
        ),
        migrations.AlterField(
            model_name="pause",
            name="title",
            field=models.CharField(blank=True, max_length=300, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="pause", name="paused_at", field=models.DateTimeField(verbose_name="paused at")
        ),
        migrations.AlterField(
            model_name="pause",
            name="paused_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="paused by",
            ),
        ),
        migrations.AlterField(
            model_name="pause", name="reason", field=models.CharField(max_length=300, verbose_name="why it is paused")
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="pause_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("campaign", ""), models.Q(("title", ""), _negated=True), _connector="OR"),
                name="pause_of_campaign_has_title",
            ),
        ),
        migrations.RunPython(take_over, give_back),
        migrations.RemoveConstraint(model_name="outboxcontrol", name="outboxcontrol_pause_has_reason"),
        migrations.RemoveField(model_name="outboxcontrol", name="pause_reason"),
        migrations.RemoveField(model_name="outboxcontrol", name="paused_at"),
        migrations.RemoveField(model_name="outboxcontrol", name="paused_by"),
    ]
