"""Settings, all from the environment, each with a safe default or a loud failure.

Three ways to run, one code:

* quick start (``QUICK_START=1``): SQLite under ``var/``, mail as files, no server;
* production: ``SECRET_KEY``, ``ALLOWED_HOSTS``, ``SITE_URL``, ``DATABASE_URL``, ``REDIS_URL``, ``EMAIL_URL``;
* tests: ``hlom_portal.settings_test``.

Every name is explained in ``.env.example``.
"""

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from bootstrap_wrapper import get_bootstrap_dir
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from hlom_portal.beat import beat_schedule
from hlom_portal.celery_settings import *  # noqa: F403 -- all CELERY_ names but three at the end

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

QUICK_START = env.bool("QUICK_START", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
DEBUG = False


def quick_start_secret_key() -> str:
    """A key of this copy's own, made once and kept under ``var/``."""
    key_file = VAR_DIR / "secret_key"
    if not key_file.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        key_file.write_text(get_random_secret_key())
        key_file.chmod(0o600)
    return key_file.read_text()


SECRET_KEY = quick_start_secret_key() if QUICK_START else env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PORT = env.int("PORT", default=8000)
# The one place from which absolute links in mails, feeds and calendars are built.
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}" if QUICK_START else environ.Env.NOTSET).rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
if not SITE_HOST:
    raise ImproperlyConfigured("SITE_URL must be an absolute address such as https://portal.example.org")
# Part of every calendar UID: it must stay the same for ever, even when the site moves.
CALENDAR_UID_HOST = env.str("CALENDAR_UID_HOST", default="hlom-portal.invalid" if QUICK_START else SITE_HOST)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if QUICK_START else [SITE_HOST])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="hqgcr@unhcr.org")

# The quick start may begin on another day; the clock then ticks on from there. Refused by a deploy check.
PORTAL_CLOCK = env.str("PORTAL_CLOCK", default="") if QUICK_START else ""
try:
    PORTAL_CLOCK_STARTS_AT = datetime.fromisoformat(PORTAL_CLOCK) if PORTAL_CLOCK else None
except ValueError as error:
    raise ImproperlyConfigured("PORTAL_CLOCK must be a moment, for example 2021-10-20T10:00+02:00") from error
if PORTAL_CLOCK_STARTS_AT and PORTAL_CLOCK_STARTS_AT.tzinfo is None:
    raise ImproperlyConfigured("PORTAL_CLOCK needs an offset, for example 2021-10-20T10:00+02:00")

INSTALLED_APPS = [
    "hlom_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "hlom_portal.apps.PortalConfig",
    "foundation",
    "accounts",
    "events",
    "pledges",
    "stocktaking",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hlom_portal.middleware.RequestClockMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "hlom_portal.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "hlom_portal.urls"
WSGI_APPLICATION = "hlom_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hlom_portal.context_processors.portal",
            ],
        },
    },
]

# Lets templates/ override the templates of form widgets too.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Seconds. A new connection costs more than most pages; the health check tells a dead one before it is used.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for each other instead of failing: take the write lock at BEGIN, wait up to 20 s, readers go on.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
# allauth counts login attempts here. Redis where there is one; it never holds anything that must not be lost.
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if env.bool("CACHE_IN_REDIS", default=False)
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
    ),
    # Finished pages (foundation.page_cache): each process keeps its own, since the database says which still hold.
    "pages": {
        "BACKEND": (
            "django.core.cache.backends.locmem.LocMemCache"
            if env.bool("KEEP_PAGES", default=True)
            else "django.core.cache.backends.dummy.DummyCache"
        ),
        "LOCATION": "pages",
        "TIMEOUT": 60,
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
    # Rendered rows and other parts (foundation.fragments), by the moment of their last change.
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "after_login"
LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_REQUIRED = False
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
# Seconds. Mail to ministries is often held for minutes before it is delivered.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"length": 8, "dashed": True}
# Whatever is asked for too often is refused for ten minutes, which the pages say: codes for one address, codes
# from one network (a whole ministry may stand behind one), wrong codes of the second factor.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "60/10m/ip,5/10m/key",
    "login_failed": "30/10m/ip,5/10m/key",
    "reauthenticate": "10/10m/user",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Whoever sets up, removes or renews a second factor is told by mail.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_ON_GET = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "HLOM portal"
# One step of half a minute either way: the clocks of telephones differ.
MFA_TOTP_TOLERANCE = 1
# Staff who may use the admin without a second factor: the quick start's sample account only, under a banner.
STAFF_WITHOUT_SECOND_FACTOR = ["reviewer@sample.example", "editor@sample.example"] if QUICK_START else []

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["hlom_portal.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # Bootstrap's stylesheet comes with its Python package; only its CSS is used.
    ("bootstrap", get_bootstrap_dir() / "css"),
]
# Files that staff upload. No web server may serve this folder: the portal itself looks who may have what.
MEDIA_ROOT = VAR_DIR / "files"
DOCUMENT_MOST_BYTES = env.int("DOCUMENT_MOST_MB", default=20) * 1024 * 1024
# What focal points attach to an update.
EVIDENCE_MOST_BYTES = env.int("EVIDENCE_MOST_MB", default=10) * 1024 * 1024
EVIDENCE_MOST_FILES = env.int("EVIDENCE_MOST_FILES", default=5)
EVIDENCE_MOST_BYTES_OF_STAKEHOLDER = env.int("EVIDENCE_MOST_MB_OF_STAKEHOLDER", default=100) * 1024 * 1024
# A whole request with its files; room for what is somewhat too large, which a form then says without losing the text.
REQUEST_MOST_BYTES = max(DOCUMENT_MOST_BYTES, EVIDENCE_MOST_BYTES) + 5 * 1024 * 1024
# The dotted name of a callable that takes a file's bytes and returns what it found, or something empty; or nothing.
UPLOAD_SCANNER = env.str("UPLOAD_SCANNER", default="")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if QUICK_START
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = QUICK_START

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://" if QUICK_START else "smtp://localhost:25")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
    # The same, but it knows whether the text had already been handed over when a line drops.
    EMAIL_BACKEND = "foundation.smtp.OutboxEmailBackend"
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or ""
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"HLOM portal <portal@{SITE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default=SITE_HOST)
# How a web request hands over login codes and receipts after its commit: "now" waits for the server,
# "thread" does not, "off" leaves all to the tick.
MAIL_INLINE = env.str("MAIL_INLINE", default="now" if QUICK_START else "thread")
MAIL_INLINE_TIMEOUT = 5
MAIL_BATCH = env.int("MAIL_BATCH", default=25)
MAIL_LEASE = timedelta(seconds=env.int("MAIL_LEASE_SECONDS", default=300))
MAIL_RETRY_AFTER = timedelta(seconds=env.int("MAIL_RETRY_SECONDS", default=60))
MAIL_RETRY_AT_MOST = timedelta(seconds=env.int("MAIL_RETRY_AT_MOST_SECONDS", default=3600))
MAIL_UNKNOWN_RETRY_AFTER = timedelta(seconds=env.int("MAIL_UNKNOWN_RETRY_SECONDS", default=900))
MAIL_MAX_ATTEMPTS = 12
# After so many failures of the mail server in a row the drain rests, each time twice as long.
MAIL_FAILURES_BEFORE_REST = 5
MAIL_REST = timedelta(seconds=env.int("MAIL_REST_SECONDS", default=60))
MAIL_REST_AT_MOST = timedelta(seconds=env.int("MAIL_REST_AT_MOST_SECONDS", default=1800))
# What the mail provider takes; 0 is without limit. Two workers at once may exceed it by a batch.
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)
# A drain ends after this and leaves the rest to the next one, well before Celery would end it.
MAIL_DRAIN_AT_MOST = timedelta(seconds=120)

# Who does long work such as imports: "off" leaves it to the tick; "thread" and "now" do it in the process that asked.
JOBS_INLINE = env.str("JOBS_INLINE", default="thread" if QUICK_START else "off")
# How long a job that says nothing keeps its worker's claim.
JOB_LEASE = timedelta(seconds=env.int("JOB_LEASE_SECONDS", default=120))

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False
CRISPY_CLASS_CONVERTERS: dict[str, str] = {}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "frame-src": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
HTTPS = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The "__Host-" prefix binds the cookie to this host alone; browsers accept it over HTTPS only.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Lax, since people arrive from links in mails.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "hlom_portal.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_HANDLERS = [
    "foundation.upload_limit.WholeRequestHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "foundation.logs.SingleLineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.server": {"handlers": ["console"], "propagate": False}},
}

# How often the beat wakes the work. Made shorter by tests only: the work itself decides what is due.
DRAIN_EVERY = env.int("DRAIN_EVERY_SECONDS", default=60)
PLAN_EVERY = env.int("PLAN_EVERY_SECONDS", default=3600)
JOBS_EVERY = env.int("JOBS_EVERY_SECONDS", default=10)
CELERY_BROKER_URL = REDIS_URL or None
CELERY_BEAT_SCHEDULE = beat_schedule(drain_seconds=DRAIN_EVERY, plan_seconds=PLAN_EVERY, jobs_seconds=JOBS_EVERY)
