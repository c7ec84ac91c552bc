"""Activities, whom they bind and who attended."""

revision = "c3d2e6b4f9a3"
down_revision = "c2b1d5a3e8f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
