"""Organisations, whom they serve, who acts for them; the working calendar's own days."""

revision = "c1a0f4e2b7d1"
down_revision = "a11e2d0c5f70"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
