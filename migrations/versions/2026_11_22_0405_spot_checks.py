"""Spot checks: announced draws, what was drawn, what was found."""

import sqlalchemy as sa
from alembic import op

revision = "d5e5a8c3f605"
down_revision = "d4d4f7b2e504"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spot_checks",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("announced_by", sa.Uuid(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("list_digest", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "share_percent BETWEEN 1 AND 100", name=op.f("ck_spot_checks_share_percent")
        ),
        sa.ForeignKeyConstraint(
            ["announced_by"], ["users.id"], name=op.f("fk_spot_checks_announced_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by"], ["users.id"], name=op.f("fk_spot_checks_drawn_by_users")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_spot_checks_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
        sa.UniqueConstraint("unit", "month", name=op.f("uq_spot_checks_unit_month")),
    )
    op.create_table(
        "spot_check_lists",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("spot_check_id", sa.Uuid(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["spot_check_id"],
            ["spot_checks.id"],
            name=op.f("fk_spot_check_lists_spot_check_id_spot_checks"),
        ),
        sa.PrimaryKeyConstraint("spot_check_id", name=op.f("pk_spot_check_lists")),
    )
    op.create_table(
        "spot_check_items",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("spot_check_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=5), nullable=True),
        sa.Column("found", sa.String(length=11), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("way IN ('phone', 'visit')", name=op.f("ck_spot_check_items_way")),
        sa.CheckConstraint(
            "found IN ('agrees', 'differs', 'unreachable')",
            name=op.f("ck_spot_check_items_found"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_spot_check_items_person_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_spot_check_items_recorded_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["spot_check_id"],
            ["spot_checks.id"],
            name=op.f("fk_spot_check_items_spot_check_id_spot_checks"),
        ),
        sa.ForeignKeyConstraint(
            ["village"], ["units.code"], name=op.f("fk_spot_check_items_village_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check_items")),
        sa.UniqueConstraint(
            "spot_check_id",
            "position",
            name=op.f("uq_spot_check_items_spot_check_id_position"),
        ),
    )
    op.create_index(op.f("ix_spot_check_items_person_id"), "spot_check_items", ["person_id"])


def downgrade() -> None:
    for table in ("spot_check_items", "spot_check_lists", "spot_checks"):
        op.drop_table(table)
