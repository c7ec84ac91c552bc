"""What else this release adds: up to where the checks followed the logs, and where villages are.

What was recorded before this release is judged by nobody: the checks begin at the logs' ends.
"""

import sqlalchemy as sa
from alembic import op

revision = "d7a7c1e5b807"
down_revision = "d6f6b9d4a706"
branch_labels = None
depends_on = None

BEFORE = (
    "kind IN ('due', 'unsubmitted', 'pace', 'unreachable', 'visit_day', 'request_waits', "
    "'request_decided')"
)
KINDS = (
    "kind IN ('due', 'unsubmitted', 'pace', 'unreachable', 'visit_day', 'request_waits', "
    "'request_decided', 'fence_shifted', 'flag_raised', 'flag_closes', 'flag_decided', "
    "'appeal_decided')"
)


def _notices_say(kinds: str) -> None:
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_notices_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_notices_kind"), kinds)


def upgrade() -> None:
    op.create_table(
        "check_cursors",
        sa.Column("log", sa.String(length=6), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_check_cursors")),
    )
    op.execute("INSERT INTO check_cursors (log, seq) SELECT log, size FROM ledger_heads")
    op.create_table(
        "village_centres",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("lat_e7", sa.Integer(), nullable=False),
        sa.Column("lon_e7", sa.Integer(), nullable=False),
        sa.Column("fixes", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("away_m", sa.Integer(), nullable=True),
        sa.Column("bearing", sa.Integer(), nullable=True),
        sa.Column("shifted", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village"], ["units.code"], name=op.f("fk_village_centres_village_units")
        ),
        sa.PrimaryKeyConstraint("village", name=op.f("pk_village_centres")),
    )
    op.create_index(
        op.f("ix_check_ins_device_id_day"), "check_ins", ["device_id", "day"], unique=False
    )
    _notices_say(KINDS)


def downgrade() -> None:
    op.execute(
        "DELETE FROM notices WHERE kind IN ('fence_shifted', 'flag_raised', 'flag_closes', "
        "'flag_decided', 'appeal_decided')"
    )
    _notices_say(BEFORE)
    op.drop_index(op.f("ix_check_ins_device_id_day"), table_name="check_ins")
    op.drop_table("village_centres")
    op.drop_table("check_cursors")
