"""The public list of findings."""

from django.urls import path

from hlom_portal.stub import stub

app_name = "stocktaking"

urlpatterns = [path("stocktaking/", stub, name="findings")]
