"""The database itself refuses to change or delete what was written into the history.

On SQLite a later migration that alters the table makes it anew, without its triggers: such a migration must call
``guard`` again. A test looks whether they stand.
"""

from django.db import migrations

TABLE = "foundation_historyentry"
WORDS = "history is only added to"

_GUARD = {
    "postgresql": [
        f"""
        CREATE FUNCTION {TABLE}_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
        END
        $$
        """,
        f"""
        CREATE TRIGGER {TABLE}_only_grows BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_only_grows()
        """,
    ],
    "sqlite": [
        f"""
        CREATE TRIGGER {TABLE}_no_{change.lower()} BEFORE {change} ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{WORDS}'); END
        """
        for change in ("UPDATE", "DELETE")
    ],
}
_UNGUARD = {
    "postgresql": [
        f"DROP TRIGGER IF EXISTS {TABLE}_only_grows ON {TABLE}",
        f"DROP FUNCTION IF EXISTS {TABLE}_only_grows()",
    ],
    "sqlite": [f"DROP TRIGGER IF EXISTS {TABLE}_no_{change}" for change in ("update", "delete")],
}


def guard(apps, schema_editor):
    """Puts the triggers up."""
    _run(_GUARD, schema_editor.connection)


def unguard(apps, schema_editor):
    """Takes them down."""
    _run(_UNGUARD, schema_editor.connection)


def _run(statements, connection):
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0005_jobs_claimed")]

    operations = [migrations.RunPython(guard, unguard)]
