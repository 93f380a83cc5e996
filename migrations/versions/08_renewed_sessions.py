"""Sessions that are renewed while they are used, and those whose users signed out."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Sessions that are open stay so: their refresh token is of the generation 0, as in new ones.
    op.add_column("session", sa.Column("ends", sa.DateTime(timezone=True), nullable=True))
    for name in ("generation", "replaced"):
        column = sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        op.add_column("session", column)
    op.add_column("session", sa.Column("renewed", sa.DateTime(timezone=True), nullable=True))
    signed_out = sa.Column("signed_out", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("session", signed_out)


def downgrade() -> None:
    op.execute("DELETE FROM session WHERE signed_out")
    for name in ("signed_out", "renewed", "replaced", "generation", "ends"):
        op.drop_column("session", name)
