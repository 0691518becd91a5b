"""The words by which a pledge is found and sorted: derived from its open version, kept by ``pledges.words``."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from pledges.models.pledge import Pledge

SORT_KEY_AT_MOST = 80
# A statement that does nothing, for a database that has no such index.
_NOTHING = "SELECT 1"


class WordsField(models.TextField):  # type: ignore[type-arg] # takes no [] at run time
    """Words that know where they stand: a tsvector on PostgreSQL; on SQLite text, a letter before each word."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The column's type."""
        return "tsvector" if connection.vendor == "postgresql" else "text"


class WeighedWords(models.Func):
    """Three texts of folded words as one value: those of the title (A), of names (B) and of the description (D)."""

    output_field = WordsField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any) -> tuple[str, Any]:
        """The texts in one, " A", " B" or " D" before each word; folded words have no capitals of their own."""
        return self._joined(compiler, "replace(' ' || {}, ' ', ' {}')")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any) -> tuple[str, Any]:
        """The texts as one tsvector, without any language's rules: the words are folded already."""
        return self._joined(compiler, "setweight(to_tsvector('simple'::regconfig, {}), '{}')")

    def _joined(self, compiler: SQLCompiler, each: str) -> tuple[str, Any]:
        columns = [compiler.compile(source)[0] for source in self.get_source_expressions()]
        return " || ".join(each.format(column, weight) for column, weight in zip(columns, "ABD", strict=True)), []


@WordsField.register_lookup
class HasWords(models.Lookup):  # type: ignore[type-arg] # takes no [] at run time
    """Whether each of some folded words, given in one string, begins a word anywhere."""

    lookup_name = "has"
    prepare_rhs = False
    weights = "ABD"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """For SQLite: looks through the text."""
        column, params = self.process_lhs(compiler, connection)
        found, all_params = [], []
        for word in self.rhs.split():
            found.append("(" + " OR ".join(f"instr({column}, %s) > 0" for _weight in self.weights) + ")")
            for weight in self.weights:
                all_params += [*params, f" {weight}{word}"]
        return " AND ".join(found), all_params

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """For PostgreSQL: asks the index."""
        column, params = self.process_lhs(compiler, connection)
        # Folded words are letters and digits only: nothing in them can be an operator.
        query = " & ".join(f"'{word}':*{self.weights}" for word in self.rhs.split())
        return f"{column} @@ to_tsquery('simple', %s)", [*params, query]


@WordsField.register_lookup
class HasWordsInTitle(HasWords):
    """The same, in the title alone."""

    lookup_name = "has_in_title"
    weights = "A"


@WordsField.register_lookup
class HasWordsInNames(HasWords):
    """The same, in the title and in names."""

    lookup_name = "has_in_names"
    weights = "AB"


class PostgresGinIndex(GinIndex):
    """A GIN index that SQLite's migrations pass over."""

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Any:
        """The statement that adds it on PostgreSQL, one that does nothing elsewhere."""
        return super().create_sql(model, schema_editor, using, **kwargs) if _is_postgres(schema_editor) else _NOTHING

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: Any) -> Any:
        """The statement that drops it on PostgreSQL, one that does nothing elsewhere."""
        return super().remove_sql(model, schema_editor, **kwargs) if _is_postgres(schema_editor) else _NOTHING


def _is_postgres(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    return schema_editor.connection.vendor == "postgresql"


class PledgeWords(models.Model):
    """What the public may find a pledge by, folded: no accents, no capitals, one space between words."""

    pledge = models.OneToOneField(Pledge, on_delete=models.CASCADE, primary_key=True, related_name="words")
    sort_title = models.CharField(max_length=SORT_KEY_AT_MOST)
    sort_lead = models.CharField(max_length=SORT_KEY_AT_MOST)
    title = models.TextField()
    names = models.TextField()
    description = models.TextField()
    found_by = models.GeneratedField(
        expression=WeighedWords("title", "names", "description"), output_field=WordsField(), db_persist=True
    )

    class Meta:
        verbose_name = _("words of a pledge")
        verbose_name_plural = _("words of pledges")
        indexes = [
            PostgresGinIndex(name="pledgewords_found_by", fields=["found_by"]),
            models.Index(name="pledgewords_by_title", fields=["sort_title"]),
            models.Index(name="pledgewords_by_lead", fields=["sort_lead"]),
        ]

    def __str__(self) -> str:
        return self.title
