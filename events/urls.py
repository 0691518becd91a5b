"""The calendar's pages and its feeds."""

from django.urls import path

from hlom_portal.stub import stub

app_name = "events"

urlpatterns = [
    path("calendar/", stub, name="calendar"),
    path("calendar/<slug:slug>/", stub, name="roadmap"),
    path("events/<slug:slug>/", stub, name="event"),
]

feed_patterns = [
    path("calendar.ics", stub, name="current"),
    path("calendar/<slug:slug>.ics", stub, name="cycle"),
    path("events/<slug:slug>.ics", stub, name="event"),
]
