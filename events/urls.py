"""The calendar's pages and its feeds."""

from django.urls import path

from events import feeds, views

app_name = "events"

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/<slug:slug>/", views.roadmap, name="roadmap"),
    path("events/<slug:slug>/", views.event, name="event"),
]

feed_patterns = [
    path("calendar.ics", feeds.current, name="current"),
    path("calendar/<slug:slug>.ics", feeds.cycle, name="cycle"),
    path("events/<slug:slug>.ics", feeds.event, name="event"),
]
