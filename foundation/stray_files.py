"""Files that no row names any more: what a change left behind that was undone after its file had been written."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.storage import Storage
from django.db import models

# A file is written before its row is final; younger ones may belong to somebody who saves right now.
_OLD_ENOUGH = timedelta(days=1)


def stray_files(*, at: datetime) -> Iterator[tuple[Storage, str]]:
    """Every stored file, older than a day, that no row of any table names; with the storage that has it."""
    fields = [field for model in apps.get_models() for field in _file_fields(model)]
    storages = {id(field.storage): field.storage for field in fields}
    for storage in storages.values():
        named = {name for field in fields if field.storage is storage for name in _names(field)}
        for name in _files_below(storage, ""):
            if name not in named and storage.get_modified_time(name) <= at - _OLD_ENOUGH:
                yield storage, name


def _file_fields(model: type[models.Model]) -> list[models.FileField]:
    return [field for field in model._meta.fields if isinstance(field, models.FileField)]  # noqa: SLF001


def _names(field: models.FileField) -> Iterator[str]:
    rows = field.model._default_manager.exclude(**{field.name: ""})  # noqa: SLF001 -- Django's public name begins so
    return rows.values_list(field.name, flat=True).iterator()


def _files_below(storage: Storage, folder: str) -> Iterator[str]:
    if folder and not storage.exists(folder):
        return
    folders, files = storage.listdir(folder)
    for file in files:
        yield f"{folder}/{file}" if folder else file
    for inner in folders:
        yield from _files_below(storage, f"{folder}/{inner}" if folder else inner)
