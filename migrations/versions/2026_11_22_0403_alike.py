"""Perceptual hashes of photos; shingles of diaries."""

import sqlalchemy as sa
from alembic import op

revision = "d3c3e6a1d403"
down_revision = "d2b2d5f9c302"
branch_labels = None
depends_on = None

HASHES = {"phash64": 16, "dhash256": 64}


def upgrade() -> None:
    with op.batch_alter_table("photos") as photos:
        for name, length in HASHES.items():
            photos.add_column(sa.Column(name, sa.String(length=length), nullable=True))
    op.create_index(
        op.f("ix_photo_uses_village_day"), "photo_uses", ["village", "day"], unique=False
    )
    op.create_table(
        "diary_prints",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("diary_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["diary_id"],
            ["diaries.id"],
            name=op.f("fk_diary_prints_diary_id_diaries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("diary_id", name=op.f("pk_diary_prints")),
    )
    op.create_index(
        op.f("ix_diary_prints_county_work_date"), "diary_prints", ["county", "work_date"]
    )
    op.create_table(
        "diary_bands",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("diary_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["diary_id"],
            ["diaries.id"],
            name=op.f("fk_diary_bands_diary_id_diaries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("county", "band", "diary_id", name=op.f("pk_diary_bands")),
    )
    op.create_index(op.f("ix_diary_bands_diary_id"), "diary_bands", ["diary_id"])
    op.create_table(
        "diary_commons",
        sa.Column("county", sa.String(length=6), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county", name=op.f("pk_diary_commons")),
    )


def downgrade() -> None:
    for table in ("diary_commons", "diary_bands", "diary_prints"):
        op.drop_table(table)
    op.drop_index(op.f("ix_photo_uses_village_day"), table_name="photo_uses")
    with op.batch_alter_table("photos") as photos:
        for name in reversed(HASHES):
            photos.drop_column(name)
