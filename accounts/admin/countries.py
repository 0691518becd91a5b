"""Countries in the administration: to read and to choose from."""

from django.contrib import admin

from accounts.models import Country
from foundation.admin import ReadOnlyAdmin


@admin.register(Country)
class CountryAdmin(ReadOnlyAdmin):
    """Names and regions are the United Nations'; they come with the portal."""

    list_display = ("code", "name", "region")
    list_display_links = ("code", "name")
    list_filter = ("region",)
    list_per_page = 250
    search_fields = ("name", "code")
