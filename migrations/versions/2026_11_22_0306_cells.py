"""What was counted last, kept to be read fast; derived, may be dropped at any time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c6a5b9e7c2d6"
down_revision = "c5f4a8d6b1c5"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "cells_built",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("period", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("heads", JSON, nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.PrimaryKeyConstraint("county", "period", "day", name=op.f("pk_cells_built")),
    )
    op.create_table(
        "person_cells",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("period", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=2), nullable=False),
        sa.Column("states", sa.String(), nullable=False),
        sa.Column("cells", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_person_cells_person_id_users")
        ),
        sa.PrimaryKeyConstraint(
            "county", "period", "day", "person_id", name=op.f("pk_person_cells")
        ),
    )


def downgrade() -> None:
    op.drop_table("person_cells")
    op.drop_table("cells_built")
