"""Leave, trips, training and make-ups, and what was decided on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d4d4f7b2e504"
down_revision = "d3c3e6a1d403"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('due', 'unsubmitted', 'pace', 'unreachable', 'visit_day')"
KINDS = (
    "kind IN ('due', 'unsubmitted', 'pace', 'unreachable', 'visit_day', 'request_waits', "
    "'request_decided')"
)


def _notices_say(kinds: str) -> None:
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_notices_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_notices_kind"), kinds)


def upgrade() -> None:
    op.create_table(
        "leave",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('leave', 'trip', 'training')", name=op.f("ck_leave_kind")),
        sa.CheckConstraint(
            "state IN ('submitted', 'with_county', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_leave_state"),
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_leave_span")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_leave_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    with op.batch_alter_table("leave", schema=None) as batch_op:
        batch_op.create_index("ix_leave_author_first", ["author_id", "first"], unique=False)
        batch_op.create_index("ix_leave_state", ["state", "received_at"], unique=False)

    op.create_table(
        "make_ups",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column(
            "evidence",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'with_county', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_make_ups_state"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_make_ups_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["village"], ["units.code"], name=op.f("fk_make_ups_village_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_make_ups")),
    )
    with op.batch_alter_table("make_ups", schema=None) as batch_op:
        batch_op.create_index("ix_make_ups_author_day", ["author_id", "day"], unique=False)
        batch_op.create_index("ix_make_ups_state", ["state", "received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_make_ups_village"), ["village"], unique=False)

    op.create_table(
        "request_decisions",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_kind", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("decision", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column(
            "marks",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('approve', 'refuse')", name=op.f("ck_request_decisions_decision")
        ),
        sa.CheckConstraint(
            "place IN ('township', 'county')", name=op.f("ck_request_decisions_place")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_request_decisions_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_decisions")),
        sa.UniqueConstraint(
            "request_kind",
            "request_id",
            "place",
            name=op.f("uq_request_decisions_request_kind_request_id_place"),
        ),
    )
    with op.batch_alter_table("request_decisions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_decisions_request_id"), ["request_id"], unique=False
        )

    op.create_table(
        "request_withdrawals",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_kind", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_request_withdrawals_author_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_withdrawals")),
        sa.UniqueConstraint(
            "request_kind",
            "request_id",
            name=op.f("uq_request_withdrawals_request_kind_request_id"),
        ),
    )
    op.create_table(
        "leave_returns",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("back_on", sa.Date(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_leave_returns_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["leave_id"], ["leave.id"], name=op.f("fk_leave_returns_leave_id_leave")
        ),
        sa.PrimaryKeyConstraint("leave_id", name=op.f("pk_leave_returns")),
    )
    _notices_say(KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE kind IN ('request_waits', 'request_decided')")
    _notices_say(BEFORE)
    for table in (
        "leave_returns",
        "request_withdrawals",
        "request_decisions",
        "make_ups",
        "leave",
    ):
        op.drop_table(table)
