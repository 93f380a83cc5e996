"""How clusters are reached, and where batch jobs stand on them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

CLUSTER = (
    ("host", sa.String(length=255), ""),
    ("port", sa.Integer(), "22"),
    ("login", sa.String(length=255), "{user}"),
    ("host_key", sa.Text(), ""),
    ("work_dir", sa.Text(), "$SCRATCH/yaptide"),
    ("set_up", sa.Text(), ""),
    ("poll_seconds", sa.Float(), "10"),
    ("options", sa.Text(), "{}"),
)


def upgrade() -> None:
    for name, kind, default in CLUSTER:
        column = sa.Column(name, kind, server_default=default, nullable=False)
        op.add_column("cluster", column)
    for name, kind, default in (("options", sa.Text(), "{}"), ("attempts", sa.Integer(), "0")):
        column = sa.Column(name, kind, server_default=default, nullable=False)
        op.add_column("batch_job", column)
    op.add_column("batch_job", sa.Column("asked", MOMENT, nullable=True))
    op.add_column("batch_job", sa.Column("next_poll", MOMENT, nullable=True))
    folder = sa.Column("has_folder", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("batch_job", folder)
    op.create_index(op.f("ix_batch_job_next_poll"), "batch_job", ["next_poll"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_batch_job_next_poll"), table_name="batch_job")
    for name in ("has_folder", "next_poll", "asked", "attempts", "options"):
        op.drop_column("batch_job", name)
    for name, _kind, _default in reversed(CLUSTER):
        op.drop_column("cluster", name)
