"""Flags, answers, decisions, appeals, silenced checks."""

revision = "d2b2d5f9c302"
down_revision = "d1a1c4e8b201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
