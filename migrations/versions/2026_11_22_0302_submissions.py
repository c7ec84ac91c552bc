"""Submissions, their files, reported figures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c2b1d5a3e8f2"
down_revision = "c1a0f4e2b7d1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_removals",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_removals")),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_files")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_files_offered_at"), ["offered_at"], unique=False)

    op.create_table(
        "file_uploads",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["files.sha256"], name=op.f("fk_file_uploads_sha256_files")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_file_uploads_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_uploads")),
        sa.UniqueConstraint("sha256", "user_id", name=op.f("uq_file_uploads_sha256_user_id")),
    )
    with op.batch_alter_table("file_uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_uploads_user_id"), ["user_id"], unique=False)

    op.create_table(
        "file_uses",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_file_uses_author_id_users")
        ),
        sa.PrimaryKeyConstraint("record_id", "sha256", name=op.f("pk_file_uses")),
    )
    with op.batch_alter_table("file_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_uses_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_uses_sha256"), ["sha256"], unique=False)

    op.create_table(
        "figures",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("seat", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column(
            "files",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN unit IS NULL THEN 0 ELSE 1 END + CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END + CASE WHEN person_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_figures_one_subject"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_figures_amount")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_figures_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_figures_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_figures_person_id_users")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_figures_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
    )
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_figures_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            "ix_figures_organisation_name", ["organisation_id", "name", "day"], unique=False
        )
        batch_op.create_index("ix_figures_person_name", ["person_id", "name", "day"], unique=False)
        batch_op.create_index("ix_figures_seat", ["seat", "day"], unique=False)
        batch_op.create_index("ix_figures_unit_name", ["unit", "name", "day"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("seat", sa.String(length=12), nullable=False),
        sa.Column("for_period", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "files",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("village", sa.String(length=12), nullable=True),
        sa.Column("event", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("root", sa.Uuid(), nullable=True),
        sa.Column(
            "clock",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'accepted', 'withdrawn')",
            name=op.f("ck_submissions_state"),
        ),
        sa.CheckConstraint(
            "CASE WHEN unit IS NULL THEN 0 ELSE 1 END + CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END + CASE WHEN person_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_submissions_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_submissions_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_submissions_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_submissions_person_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["submissions.id"], name=op.f("fk_submissions_replaces_submissions")
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_submissions_unit_units")),
        sa.ForeignKeyConstraint(
            ["village"], ["units.code"], name=op.f("fk_submissions_village_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("replaces", name=op.f("uq_submissions_replaces")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            "ix_submissions_organisation_kind",
            ["organisation_id", "kind", "for_period"],
            unique=False,
        )
        batch_op.create_index(
            "ix_submissions_person_kind", ["person_id", "kind", "for_period"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_submissions_root"), ["root"], unique=False)
        batch_op.create_index("ix_submissions_seat", ["seat", "received_at"], unique=False)
        batch_op.create_index(
            "ix_submissions_unit_kind", ["unit", "kind", "for_period"], unique=False
        )

    op.create_table(
        "figure_withdrawals",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("figure_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_figure_withdrawals_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["figure_id"], ["figures.id"], name=op.f("fk_figure_withdrawals_figure_id_figures")
        ),
        sa.PrimaryKeyConstraint("figure_id", name=op.f("pk_figure_withdrawals")),
    )
    op.create_table(
        "submission_decisions",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('accept', 'return', 'withdraw')", name=op.f("ck_submission_decisions_step")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_submission_decisions_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_submission_decisions_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_decisions")),
    )
    with op.batch_alter_table("submission_decisions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_submission_decisions_submission_id"), ["submission_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("submission_decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_decisions_submission_id"))

    op.drop_table("submission_decisions")
    op.drop_table("figure_withdrawals")
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index("ix_submissions_unit_kind")
        batch_op.drop_index("ix_submissions_seat")
        batch_op.drop_index(batch_op.f("ix_submissions_root"))
        batch_op.drop_index("ix_submissions_person_kind")
        batch_op.drop_index("ix_submissions_organisation_kind")
        batch_op.drop_index(batch_op.f("ix_submissions_author_id"))

    op.drop_table("submissions")
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.drop_index("ix_figures_unit_name")
        batch_op.drop_index("ix_figures_seat")
        batch_op.drop_index("ix_figures_person_name")
        batch_op.drop_index("ix_figures_organisation_name")
        batch_op.drop_index(batch_op.f("ix_figures_author_id"))

    op.drop_table("figures")
    with op.batch_alter_table("file_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_uses_sha256"))
        batch_op.drop_index(batch_op.f("ix_file_uses_author_id"))

    op.drop_table("file_uses")
    with op.batch_alter_table("file_uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_uploads_user_id"))

    op.drop_table("file_uploads")
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_files_offered_at"))

    op.drop_table("files")
    op.drop_table("file_removals")
