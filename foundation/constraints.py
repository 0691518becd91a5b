"""Constraints that one of the two databases does not know."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model


class PostgresExclusionConstraint(ExclusionConstraint):
    """An exclusion constraint that SQLite's migrations pass over; say the same rule in ``clean`` for it."""

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """The constraint on PostgreSQL, nothing elsewhere."""
        return super().constraint_sql(model, schema_editor) if _knows_it(schema_editor) else None

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """The statement that adds it on PostgreSQL, nothing elsewhere."""
        return super().create_sql(model, schema_editor) if _knows_it(schema_editor) else None

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """The statement that drops it on PostgreSQL, nothing elsewhere."""
        return super().remove_sql(model, schema_editor) if _knows_it(schema_editor) else None

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Left to the model's ``clean``, which says it for both databases and in plain words."""


def _knows_it(schema_editor: BaseDatabaseSchemaEditor | None) -> bool:
    return schema_editor is not None and schema_editor.connection.vendor == "postgresql"
