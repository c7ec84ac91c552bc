"""Organisations, whom they serve, who acts for them; the working calendar's own days."""

import sqlalchemy as sa
from alembic import op

revision = "c1a0f4e2b7d1"
down_revision = "a11e2d0c5f70"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('village_branch', 'team', 'helper_unit', 'town_office', 'office', "
            "'county_office', 'leading_group', 'sector_department')",
            name=op.f("ck_organisations_kind"),
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_organisations_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_unit"), ["unit"], unique=False)

    op.create_table(
        "organisation_villages",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_villages_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["village"], ["units.code"], name=op.f("fk_organisation_villages_village_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_villages")),
    )
    with op.batch_alter_table("organisation_villages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_villages_organisation_id"),
            ["organisation_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_organisation_villages_village"), ["village"], unique=False
        )

    op.create_table(
        "organisation_people",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_people_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_organisation_people_person_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_people")),
    )
    with op.batch_alter_table("organisation_people", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_people_organisation_id"),
            ["organisation_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_organisation_people_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "calendar_days",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
    )
    with op.batch_alter_table("calendar_days", schema=None) as batch_op:
        batch_op.create_index("ix_calendar_days_scope", ["scope", "year"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("calendar_days", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_days_scope")

    op.drop_table("calendar_days")
    with op.batch_alter_table("organisation_people", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_people_person_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_people_organisation_id"))

    op.drop_table("organisation_people")
    with op.batch_alter_table("organisation_villages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_villages_village"))
        batch_op.drop_index(batch_op.f("ix_organisation_villages_organisation_id"))

    op.drop_table("organisation_villages")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_unit"))

    op.drop_table("organisations")
