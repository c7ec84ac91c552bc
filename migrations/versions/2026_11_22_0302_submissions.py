"""Submissions, their files, reported figures."""

revision = "c2b1d5a3e8f2"
down_revision = "c1a0f4e2b7d1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
