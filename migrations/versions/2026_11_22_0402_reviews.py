"""Flags, answers, decisions, appeals, silenced checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d2b2d5f9c302"
down_revision = "d1a1c4e8b201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_silences",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_check_silences_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["users.id"], name=op.f("fk_check_silences_ended_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["unit"], ["units.code"], name=op.f("fk_check_silences_unit_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_silences")),
    )
    with op.batch_alter_table("check_silences", schema=None) as batch_op:
        batch_op.create_index("ix_check_silences_code_unit", ["code", "unit"], unique=False)

    op.create_table(
        "flags",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("weight", sa.String(length=6), nullable=False),
        sa.Column(
            "evidence",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'second_needed', 'kept', 'kept_with_note', 'not_counted', 'appealed', 'upheld', 'silent')",
            name=op.f("ck_flags_state"),
        ),
        sa.CheckConstraint("weight IN ('low', 'medium', 'high')", name=op.f("ck_flags_weight")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_flags_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
        sa.UniqueConstraint(
            "record_kind", "record_id", "code", name=op.f("uq_flags_record_kind_record_id_code")
        ),
    )
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.create_index("ix_flags_author_day", ["author_id", "day"], unique=False)
        batch_op.create_index("ix_flags_county_code", ["county", "code"], unique=False)
        batch_op.create_index("ix_flags_record", ["record_id"], unique=False)
        batch_op.create_index("ix_flags_state_raised", ["state", "raised_at"], unique=False)

    op.create_table(
        "flag_answers",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column(
            "photos",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_flag_answers_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["flag_id"], ["flags.id"], name=op.f("fk_flag_answers_flag_id_flags")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_answers")),
    )
    with op.batch_alter_table("flag_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_answers_flag_id"), ["flag_id"], unique=False)

    op.create_table(
        "flag_appeals",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column(
            "photos",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_flag_appeals_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["flag_id"], ["flags.id"], name=op.f("fk_flag_appeals_flag_id_flags")
        ),
        sa.PrimaryKeyConstraint("flag_id", name=op.f("pk_flag_appeals")),
    )
    op.create_table(
        "flag_decisions",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('counts', 'counts_with_note', 'does_not_count')",
            name=op.f("ck_flag_decisions_decision"),
        ),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_flag_decisions_place")),
        sa.CheckConstraint("round IN (0, 1)", name=op.f("ck_flag_decisions_round")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_flag_decisions_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["flag_id"], ["flags.id"], name=op.f("fk_flag_decisions_flag_id_flags")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_decisions")),
        sa.UniqueConstraint(
            "flag_id", "round", "place", name=op.f("uq_flag_decisions_flag_id_round_place")
        ),
    )


def downgrade() -> None:
    op.drop_table("flag_decisions")
    op.drop_table("flag_appeals")
    with op.batch_alter_table("flag_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_answers_flag_id"))

    op.drop_table("flag_answers")
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.drop_index("ix_flags_state_raised")
        batch_op.drop_index("ix_flags_record")
        batch_op.drop_index("ix_flags_county_code")
        batch_op.drop_index("ix_flags_author_day")

    op.drop_table("flags")
    with op.batch_alter_table("check_silences", schema=None) as batch_op:
        batch_op.drop_index("ix_check_silences_code_unit")

    op.drop_table("check_silences")
