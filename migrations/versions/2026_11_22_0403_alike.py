"""Perceptual hashes of photos; shingles of diaries."""

revision = "d3c3e6a1d403"
down_revision = "d2b2d5f9c302"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
