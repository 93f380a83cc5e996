"""Of how many tasks the partial results of a job are, and when they were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "job", sa.Column("partial_tasks", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("job", sa.Column("partial_asked", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "partial_asked")
    op.drop_column("job", "partial_tasks")
