"""Leave, trips, training and make-ups, and what was decided on them."""

revision = "d4d4f7b2e504"
down_revision = "d3c3e6a1d403"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
