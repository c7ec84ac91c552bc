"""Exports, erasures, verifications of the log."""

revision = "d6f6b9d4a706"
down_revision = "d5e5a8c3f605"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
