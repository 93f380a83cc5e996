"""What user names have in common that read as the same; each is given once from now on."""

import sqlalchemy as sa
from alembic import op

from domain.user_names import name_key

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "ix_user_source_name_key"
ANOTHER = "\ue000"
"""Stands in no name: who has one that reads like an older user's keeps it, and this marks it."""

USER = sa.table(
    "user",
    sa.column("id", sa.BigInteger),
    sa.column("username", sa.String),
    sa.column("source", sa.String),
    sa.column("name_key", sa.Text),
)


def upgrade() -> None:
    # Empty for users whom the program before adds while it still runs beside the new one.
    op.add_column("user", sa.Column("name_key", sa.Text(), nullable=True))
    bind, taken = op.get_bind(), set()
    users = sa.select(USER.c.id, USER.c.source, USER.c.username).order_by(USER.c.id)
    for row in bind.execute(users).all():
        key = name_key(row.username)
        if (row.source, key) in taken:
            key = f"{key}{ANOTHER}{row.id}"
        taken.add((row.source, key))
        bind.execute(sa.update(USER).where(USER.c.id == row.id).values(name_key=key))
    op.create_index(INDEX, "user", ["source", "name_key"], unique=True)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="user")
    op.drop_column("user", "name_key")
