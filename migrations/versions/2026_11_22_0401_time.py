"""Time anchors: what is known of a check-in's time, and the device that sent it.

Columns are added and no table is copied, whatever its size. Rows that stand keep their leaf of
version 1 and say what they always said: not after their arrival.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d1a1c4e8b201"
down_revision = "c7b6d8f1a3e7"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
NULLABLE: dict[str, Any] = {
    "clock": JSON,
    "device_id": sa.String(length=64),
    "time_from": sa.DateTime(timezone=True),
    "time_to": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    # said in SQL: SQLite takes a constraint with its column, and only then copies nothing
    op.execute(
        "ALTER TABLE check_ins ADD COLUMN time_state VARCHAR(8) DEFAULT 'unproven' NOT NULL "
        "CONSTRAINT ck_check_ins_time_state "
        "CHECK (time_state IN ('proven', 'claimed', 'unproven'))"
    )
    for name, kind in NULLABLE.items():
        op.add_column("check_ins", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name in [*NULLABLE, "time_state"]:
        op.drop_column("check_ins", name)
