"""Which job another one tries again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("retry_of", sa.String(length=80), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "retry_of")
