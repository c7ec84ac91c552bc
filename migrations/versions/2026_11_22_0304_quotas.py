"""Adoptions name their legal basis; closed periods."""

revision = "c4e3f7c5a0b4"
down_revision = "c3d2e6b4f9a3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
