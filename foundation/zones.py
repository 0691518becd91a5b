"""Wall clocks and instants."""

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

# What reads like a place; the rest of the database are aliases for old software.
_AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@cache
def zone_choices() -> list[tuple[str, str]]:
    """All zones that are named after a place, and UTC, as choices of a form."""
    places = sorted(name for name in available_timezones() if name.startswith(_AREAS))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


def local_moment(day: date, hour: time, zone: str) -> datetime:
    """The instant at which the clocks of ``zone`` show ``hour`` on ``day``.

    Of an hour that comes twice (autumn) the first is meant. Raises ValueError for one that the clocks
    pass over (spring), or that lies at an end of all calendars, with a sentence for the reader.
    """
    moment = datetime.combine(day, hour, tzinfo=ZoneInfo(zone))
    try:
        there_and_back = moment.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone))
    except OverflowError as error:
        raise ValueError(_("Choose another day: no calendar goes so far.")) from error
    if there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise ValueError(
            _("On this day the clocks of %(zone)s pass over %(hour)s. Choose another time.")
            % {"zone": zone, "hour": hour.strftime("%H:%M")}
        )
    return moment
