"""Files that come with a change of rows, and go again when the change fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile


@contextmanager
def removed_on_failure() -> Iterator[Callable[[FieldFile, bytes], None]]:
    """Gives a function that stores bytes as the file of a row, which is yet to be saved.

    If what follows fails, the files go again. Whoever undoes the change later leaves them behind; see ``stray_files``.
    """
    kept: list[tuple[Storage, str]] = []

    def keep(stored: FieldFile, content: bytes) -> None:
        stored.save("file", ContentFile(content), save=False)
        kept.append((stored.storage, stored.name or ""))

    try:
        yield keep
    except BaseException:
        for storage, name in kept:
            storage.delete(name)
        raise
