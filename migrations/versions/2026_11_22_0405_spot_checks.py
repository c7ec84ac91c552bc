"""Spot checks: announced draws, what was drawn, what was found."""

revision = "d5e5a8c3f605"
down_revision = "d4d4f7b2e504"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
