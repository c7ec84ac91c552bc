"""Time anchors: what is known of a check-in's time, and the device that sent it."""

revision = "d1a1c4e8b201"
down_revision = "c7b6d8f1a3e7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
