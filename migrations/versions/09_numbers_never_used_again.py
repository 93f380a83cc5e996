"""Numbers of users, clusters and jobs are never given to another."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("user", "cluster", "job")

GIVEN_BEFORE = 1_000_000
"""How many numbers may have been given to rows that are gone: SQLite remembers none of them."""


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        # A sequence does not go back when a row is removed.
        return
    used = _is_used()
    for table in TABLES:
        _copy(table, sqlite_autoincrement=True)
    if used:
        _skip_numbers_given_before()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            _copy(table, sqlite_autoincrement=False)


def _copy(table: str, *, sqlite_autoincrement: bool) -> None:
    """Make a table again with its rows; it takes no child along, since nobody watches over keys."""
    options = {"sqlite_autoincrement": sqlite_autoincrement}
    with op.batch_alter_table(table, recreate="always", table_kwargs=options):
        pass


def _is_used() -> bool:
    """Say whether there were rows already; a new database begins with 1."""
    found = op.get_bind().execute(sa.text('SELECT 1 FROM "user" LIMIT 1')).first()
    return found is not None


def _skip_numbers_given_before() -> None:
    for table in TABLES:
        highest = f'SELECT coalesce(max(id), 0) + {GIVEN_BEFORE} FROM "{table}"'  # noqa: S608
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")  # noqa: S608
        op.execute(f"INSERT INTO sqlite_sequence VALUES ('{table}', ({highest}))")  # noqa: S608
