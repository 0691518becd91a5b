"""The calendar's pages and its feeds."""

from datetime import date

from django.urls import path, register_converter

from events import feeds, meeting_views, programme_views, views

app_name = "events"


class MonthConverter:
    """A month in an address, such as 2021-11, as its first day."""

    regex = "[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """The first day of the month. Raises ValueError, which means no such page, for a year 0."""
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        """The month of a day."""
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/cycles/", views.cycles, name="cycles"),
    path("calendar/subscribe/", views.subscribe, name="subscribe"),
    path("calendar/time-zone/", views.time_zone, name="time_zone"),
    path("calendar/<slug:slug>/", views.roadmap, name="roadmap"),
    path("calendar/<slug:slug>/month/", views.month, name="month"),
    path("calendar/<slug:slug>/month/<month:first_day>/", views.month, name="month"),
    path("calendar/<slug:slug>/timeline/", views.year, name="timeline"),
    path("calendar/<slug:slug>/changes/", views.changes, name="changes"),
    path("calendar/<slug:slug>/print/", views.printed, name="printed"),
    path("events/<slug:slug>/", views.event, name="event"),
    path("events/<slug:slug>/programme/", programme_views.programme, name="programme"),
    path("documents/<uuid:uuid>/", programme_views.document, name="document"),
    path("meetings/<slug:slug>/", meeting_views.overview, name="meeting"),
    path("meetings/<slug:slug>/questions/", meeting_views.questions, name="questions"),
    path("meetings/<slug:slug>/documents/", meeting_views.documents, name="documents"),
]

feed_patterns = [
    path("calendar.ics", feeds.current, name="current"),
    path("calendar/<slug:slug>.ics", feeds.cycle, name="cycle"),
    path("calendar/<slug:slug>/changes.atom", feeds.changes, name="changes"),
    path("calendar/<slug:slug>/coming.atom", feeds.coming, name="coming"),
    path("events/<slug:slug>.ics", feeds.event, name="event"),
    path("events/<slug:slug>/programme.ics", programme_views.programme_feed, name="programme"),
]
