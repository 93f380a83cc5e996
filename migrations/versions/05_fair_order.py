"""The order between users, and how often a task was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    losses = sa.Column("losses", sa.Integer(), server_default="0", nullable=False)
    op.add_column("task", losses)
    op.add_column("task", sa.Column("turn", sa.BigInteger(), nullable=True))
    op.drop_index(op.f("ix_task_state"), table_name="task")
    op.create_index(op.f("ix_task_state_turn"), "task", ["state", "turn"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_task_state_turn"), table_name="task")
    op.create_index(op.f("ix_task_state"), "task", ["state"], unique=False)
    op.drop_column("task", "turn")
    op.drop_column("task", "losses")
