"""Signed checkpoints of the logs, and the roots of their whole tiles; both append-only."""

import sqlalchemy as sa
from alembic import op

revision = "c7b6d8f1a3e7"
down_revision = "c6a5b9e7c2d6"
branch_labels = None
depends_on = None

TABLES = ("checkpoints", "ledger_tiles")


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("log", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("log", "number", name=op.f("pk_checkpoints")),
        sa.UniqueConstraint("log", "size", name=op.f("uq_checkpoints_log_size")),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column("log", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "number", name=op.f("pk_ledger_tiles")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        if sqlite:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
                )
        else:  # the function is the log's own
            op.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
            )


def downgrade() -> None:
    for table in TABLES:  # their triggers go with them
        op.drop_table(table)
