"""All addresses. They are a promise: what is here stays here."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps import views as sitemap_views
from django.urls import include, path
from django.views.decorators.http import require_safe

from events.urls import feed_patterns as calendar_feeds
from hlom_portal import health, home, views
from hlom_portal.sitemaps import SITEMAPS
from pledges.urls import feed_patterns as progress_feeds

handler400 = "hlom_portal.views.bad_request"
handler403 = "hlom_portal.views.permission_denied"
handler404 = "hlom_portal.views.page_not_found"
handler500 = "hlom_portal.views.server_error"

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("robots.txt", views.robots, name="robots"),
    path(
        "sitemap.xml",
        require_safe(sitemap_views.index),
        {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_part"},
        name="sitemap",
    ),
    path("sitemap-<section>.xml", require_safe(sitemap_views.sitemap), {"sitemaps": SITEMAPS}, name="sitemap_part"),
    # Feeds stay at one address in every language: calendars keep it for years.
    path("", include(([*calendar_feeds, *progress_feeds], "feeds"))),
    *i18n_patterns(
        path("", home.home, name="home"),
        path("welcome/", views.after_login, name="after_login"),
        path("", include("accounts.urls")),
        path("", include("events.urls")),
        path("", include("pledges.urls")),
        path("", include("stocktaking.urls")),
        path("admin/", admin.site.urls),
        prefix_default_language=False,
    ),
]
