"""The public list of findings."""

from django.urls import path

from stocktaking import views

app_name = "stocktaking"

urlpatterns = [path("stocktaking/", views.findings, name="findings")]
