"""What was done to projects so that they could be run, and for which simulator they were meant."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("instead_of", sa.String(length=32), nullable=True))
    op.add_column("input", sa.Column("adaptation", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("input", "adaptation")
    op.drop_column("job", "instead_of")
