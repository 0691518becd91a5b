"""The portal's events, as the baseline reads them."""

from django.db import models


class Row(models.Model):
    """A row of the portal's table of events."""

    cycle_id = models.IntegerField()
    starts_on = models.DateField()
    title = models.CharField(max_length=250)
    kind = models.CharField(max_length=30)
    place = models.CharField(max_length=200)

    class Meta:
        managed = False
        db_table = "events_event"

    def __str__(self) -> str:
        return self.title
