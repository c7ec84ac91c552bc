"""Activities, whom they bind and who attended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c3d2e6b4f9a3"
down_revision = "c2b1d5a3e8f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=True),
        sa.Column("place_text", sa.String(length=200), nullable=False),
        sa.Column("lat_e7", sa.Integer(), nullable=True),
        sa.Column("lon_e7", sa.Integer(), nullable=True),
        sa.Column("accuracy_mm", sa.BigInteger(), nullable=True),
        sa.Column("datum", sa.String(length=5), nullable=True),
        sa.Column("place", sa.String(length=7), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column(
            "attendees",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("guests", sa.Integer(), nullable=False),
        sa.Column("guests_note", sa.String(length=500), nullable=False),
        sa.Column("attendances", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.String(), nullable=False),
        sa.Column(
            "photos",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "organisations",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "reports",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "clock",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "place IN ('inside', 'near', 'outside', 'unknown')", name=op.f("ck_activities_place")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_activities_author_id_users")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_activities_unit_units")),
        sa.ForeignKeyConstraint(
            ["village"], ["units.code"], name=op.f("fk_activities_village_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.create_index("ix_activities_author_day", ["author_id", "day"], unique=False)
        batch_op.create_index("ix_activities_unit_day", ["unit", "day"], unique=False)
        batch_op.create_index(batch_op.f("ix_activities_village"), ["village"], unique=False)

    op.create_table(
        "activity_attendees",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities.id"],
            name=op.f("fk_activity_attendees_activity_id_activities"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_activity_attendees_person_id_users")
        ),
        sa.PrimaryKeyConstraint("activity_id", "person_id", name=op.f("pk_activity_attendees")),
    )
    with op.batch_alter_table("activity_attendees", schema=None) as batch_op:
        batch_op.create_index(
            "ix_activity_attendees_person_day", ["person_id", "day"], unique=False
        )

    op.create_table(
        "activity_organisations",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities.id"],
            name=op.f("fk_activity_organisations_activity_id_activities"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_activity_organisations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint(
            "activity_id", "organisation_id", name=op.f("pk_activity_organisations")
        ),
    )
    with op.batch_alter_table("activity_organisations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_activity_organisations_organisation_day", ["organisation_id", "day"], unique=False
        )

    op.create_table(
        "activity_withdrawals",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities.id"],
            name=op.f("fk_activity_withdrawals_activity_id_activities"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_activity_withdrawals_author_id_users")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activity_withdrawals")),
    )


def downgrade() -> None:
    op.drop_table("activity_withdrawals")
    with op.batch_alter_table("activity_organisations", schema=None) as batch_op:
        batch_op.drop_index("ix_activity_organisations_organisation_day")

    op.drop_table("activity_organisations")
    with op.batch_alter_table("activity_attendees", schema=None) as batch_op:
        batch_op.drop_index("ix_activity_attendees_person_day")

    op.drop_table("activity_attendees")
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activities_village"))
        batch_op.drop_index("ix_activities_unit_day")
        batch_op.drop_index("ix_activities_author_day")

    op.drop_table("activities")
