"""The Celery app. Messages are wake-ups without content; the outbox in the database holds what must not be lost."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hlom_portal.settings")

app = Celery("hlom_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
