"""Settings of the test run: SQLite in memory unless DATABASE_URL says otherwise, mail kept in memory."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("CALENDAR_UID_HOST", "calendar.testserver")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="hlom-tests-"))
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("MAIL_INLINE", "now")
# Threads of tests close what they open; nothing is kept for the next request.
os.environ.setdefault("CONN_MAX_AGE", "0")

from hlom_portal.settings import *  # noqa: F403 -- the environment must be set before it is read

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Factories write rows without the workflow that says so; tests of the page cache switch it on.
    "pages": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "fragments": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
