"""What else this release adds."""

revision = "d7a7c1e5b807"
down_revision = "d6f6b9d4a706"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
