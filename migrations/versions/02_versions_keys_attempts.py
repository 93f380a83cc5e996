"""Versions of jobs and tasks, keys of submissions, attempts to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Columns are added one by one: a table that SQLite copies would take its children with it.
    for table in ("job", "task"):
        version = sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
        op.add_column(table, version)
    op.add_column("job", sa.Column("submission_key", sa.String(length=255), nullable=True))
    op.add_column("job", sa.Column("submission_digest", sa.String(length=64), nullable=True))
    op.create_index(
        op.f("ix_job_user_id_submission_key"), "job", ["user_id", "submission_key"], unique=True
    )
    op.create_table(
        "login_attempt",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_start", MOMENT, nullable=False),
        sa.Column("last_success", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("account", "address", name=op.f("pk_login_attempt")),
    )
    op.create_index(op.f("ix_login_attempt_address"), "login_attempt", ["address"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_login_attempt_address"), table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_index(op.f("ix_job_user_id_submission_key"), table_name="job")
    op.drop_column("job", "submission_digest")
    op.drop_column("job", "submission_key")
    op.drop_column("task", "version")
    op.drop_column("job", "version")
