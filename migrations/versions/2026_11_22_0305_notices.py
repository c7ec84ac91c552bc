"""Notices to people."""

revision = "c5f4a8d6b1c5"
down_revision = "c4e3f7c5a0b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
