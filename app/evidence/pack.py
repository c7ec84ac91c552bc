"""Making an evidence pack: gather, write the list of files, log the export, prove, zip.

The export is logged before its first byte leaves. Its row holds the SHA-256 of ``manifest.json``,
which lists the SHA-256 of every file: whoever checks the row's inclusion in the signed tree has
checked every file. Proofs and checkpoints lie outside of the manifest, because they are made after
the row; they need no list, since each proves itself.
"""

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import User
from app.core.clock import civil_day
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.settings import Settings
from app.core.storage import Absent, Store
from app.core.tables import HOUSE
from app.evidence import gathering
from app.evidence.gathering import Record, Records, Seen
from app.evidence.models import Export
from app.evidence.page import page
from app.evidence.proofs import Tree
from app.evidence.story import Story
from app.households.models import Household
from app.ledger import sealing
from app.ledger import service as ledger
from app.ledger.auditing import snapshot
from app.ledger.canonical import canonical
from app.ledger.checkpoint import Signer
from app.ledger.errors import NotCheckpointed
from app.ledger.kept import Kept
from app.ledger.keys import signer
from app.ledger.models import LedgerCheckpoint
from app.ledger.sealing import BrokenCheckpoint
from app.org.models import Unit
from app.photos.models import Photo, Upload
from app.photos.shelf import key
from app.policy.periods import Period
from app.policy.versions import digest_of, text_of
from app.postings.models import Posting
from app.quotas import closed, service
from app.quotas.changes import parts
from app.quotas.models import Adoption, Closing
from app.quotas.schemas import StandingOut, person_subject

log = logging.getLogger("zhucun")

FORMAT = "zhucun-evidence-1"
KIND = "evidence"
MANIFEST, EXPORT = "manifest.json", "export.json"
#: ZIP's own beginning of time: the same pack is the same bytes
_THEN = (1980, 1, 1, 0, 0, 0)
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class House:
    """Where a pack is made: database, photos, the log's key, a folder for what is big, the checkpoints kept outside."""

    base: Database
    store: Store
    signer: Signer
    folder: Path
    kept: Kept

    @classmethod
    def of(cls, base: Database, store: Store, settings: Settings) -> "House":
        """That of this installation."""
        return cls(base, store, signer(settings), settings.data / "exports", Kept.of(settings))


@dataclass(frozen=True, slots=True)
class Order:
    """Whose pack of which period, for whom: ``by`` is an id or ``cli``, ``role`` a key of words.BY."""

    person: UUID
    period: Period
    by: str
    role: str
    at: datetime
    seen: Seen
    originals: bool = False
    export: UUID = field(default_factory=new_id)


@dataclass(slots=True)
class _Files:
    """The files of a pack: small ones in memory, pictures behind one another on disk."""

    spool: IO[bytes]
    small: dict[str, bytes] = field(default_factory=dict)
    large: dict[str, tuple[int, int]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, data: bytes) -> None:
        """A file that is kept in memory."""
        self.small[name] = data
        self.hashes[name] = hashlib.sha256(data).hexdigest()

    def put_large(self, name: str, data: bytes) -> None:
        """A file that is kept on disk."""
        self.large[name] = (self.spool.seek(0, 2), len(data))
        self.spool.write(data)
        self.hashes[name] = hashlib.sha256(data).hexdigest()

    def manifest(self, order: Order) -> bytes:
        """The list of all files that stand by now."""
        told = {
            "format": FORMAT,
            "person": order.person,
            "period": order.period.key,
            "first": order.period.first,
            "last": order.period.last,
            "made_at": order.at,
            "files": self.hashes,
        }
        return canonical(told)

    def write(self, out: IO[bytes]) -> None:
        """The ZIP: sorted names, one time for all, pictures as they are."""
        with ZipFile(out, "w") as packed:
            for name in sorted([*self.small, *self.large]):
                told = ZipInfo(name, _THEN)
                told.external_attr = 0o644 << 16
                if name in self.small:
                    packed.writestr(told, self.small[name], ZIP_DEFLATED, 9)
                else:
                    start, length = self.large[name]
                    self.spool.seek(start)
                    packed.writestr(told, self.spool.read(length), ZIP_STORED)


@dataclass(frozen=True, slots=True)
class Made:
    """A pack: its bytes, at their beginning, and the name to keep them under."""

    bytes: IO[bytes]
    name: str


def name_of(period: Period, manifest: bytes) -> str:
    """The file's name: the period and the first digits of what the log committed to; nobody in it.

    The same digits stand in the row of ``exports``, so that a file is found again in the log.
    """
    return f"zhucun-evidence-{period.key}-{hashlib.sha256(manifest).hexdigest()[:8]}.zip"


async def make(house: House, order: Order) -> Made:
    """The pack as a file without a place, and its name; the export is logged by then.

    Raises `NotFound` for an unknown person, `NotCheckpointed` while the log cannot be signed.
    """
    await asyncio.to_thread(house.folder.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=house.folder) as spool:
        files = _Files(spool)
        async with snapshot(house.base) as session:
            story = await _story(session, order)
            await _rules(session, files, story)
            photos = await _photos(session, story)
        await _pictures(house.store, files, story, photos)
        await asyncio.to_thread(_told, files, story)
        manifest = files.manifest(order)
        export = await _log(house.base, order, story, len(files.hashes), manifest)
        files.put(MANIFEST, manifest)
        await _prove(house, order, files, story.records, export)
        out = tempfile.TemporaryFile(dir=house.folder)  # noqa: SIM115  # the caller's to close
        await asyncio.to_thread(files.write, out)
        out.seek(0)
        return Made(out, name_of(order.period, manifest))


async def _story(session: AsyncSession, order: Order) -> Story:
    """Everything that the page tells and the records rest on."""
    person = await session.get(User, order.person)
    if person is None:
        raise NotFound
    asked = service.asked_about(order.period.key, civil_day(order.at), order.at)
    bound, left_out = await service.bound_by(session, person.id, asked)
    found = await service.standings_of(session, person.id, bound, asked)
    subject = person_subject(person.id, person.name)
    standings = [StandingOut.told(standing, subject) for standing in found]
    rows = await closed.standings_of(session, str(person.id), order.period.key)
    records = await gathering.gather(
        session,
        person.id,
        order.period,
        order.seen,
        cited=_cited(standings),
        adoptions=[each.held.adoption.id for each in bound],
        closings=[row.closing_id for row in rows],
    )
    story = Story(
        person.id, person.name, order.period, order.role, order.at, order.export, records, standings,
        left_out=left_out, originals=order.originals,
    )  # fmt: skip
    for record in records.of(Closing):
        closing = await session.get_one(Closing, record.row["id"])
        story.closed.append((closing, [row for row in rows if row.closing_id == closing.id]))
    story.units = await _units(session, records)
    story.households = await _households(session, records)
    return story


def _cited(standings: Iterable[StandingOut]) -> list[UUID]:
    told = (
        record
        for each in standings
        for record in (
            *(one for day in each.counted for one in day.records),
            *(one.record for one in each.not_counted),
        )
    )
    found = []
    for one in told:
        with suppress(ValueError):  # a village or a day that counted by itself
            found.append(UUID(one))
    return found


async def _units(session: AsyncSession, records: Records) -> dict[str, str]:
    codes = {
        code
        for record in records.all()
        for code in (record.row.get("unit"), record.row.get("village"))
        if code
    }
    query = select(col(Unit.code), col(Unit.name)).where(col(Unit.code).in_(sorted(codes)))
    return dict((await session.exec(query)).all())


async def _households(session: AsyncSession, records: Records) -> dict[UUID, str]:
    """Visited households by their number: whose they are is not this person's story."""
    ids = {record.row["household_id"] for record in records.all() if record.row.get("household_id")}
    found: dict[UUID, str] = {}
    for part in parts(sorted(ids)):
        query = select(col(Household.id), col(Household.number)).where(col(Household.id).in_(part))
        found |= {row_id: f"户 {number}" for row_id, number in (await session.exec(query)).all()}
    return found


async def _rules(session: AsyncSession, files: _Files, story: Story) -> None:
    """The packs as files, and of each closing what its digest is over."""
    packs = {(row.row["pack"], row.row["version"]) for row in story.records.of(Adoption)}
    for closing, rows in story.closed:
        packs |= {(told["pack"], told["version"]) for told in closing.packs}
        summed = orjson.dumps(await closed.summed(session, closing), option=orjson.OPT_SORT_KEYS)
        own = [orjson.dumps(closed.told(row), option=orjson.OPT_SORT_KEYS) for row in rows]
        told = {"summed": summed.decode(), "own": [one.decode() for one in own]}
        files.put(f"closings/{closing.id}.json", canonical(told))
    for pack, version in sorted(packs):
        with suppress(KeyError):  # adopted once, no longer shipped
            digest_of(pack, version)
            files.put(f"packs/{pack}-{version}.yaml", text_of(pack, version))


async def _photos(session: AsyncSession, story: Story) -> dict[str, str]:
    """Those of the named photos that the person uploaded, with their media types."""
    mine = {record.row["sha256"] for record in story.records.of(Upload)}
    found: dict[str, str] = {}
    for part in parts(sorted(gathering.photos_of(story.records) & mine)):
        query = select(col(Photo.sha256), col(Photo.media_type))
        found |= dict((await session.exec(query.where(col(Photo.sha256).in_(part)))).all())
    return found


async def _pictures(store: Store, files: _Files, story: Story, photos: dict[str, str]) -> None:
    """The pictures as they are served; the originals only where they were asked for."""
    story.pictures = dict.fromkeys(gathering.photos_of(story.records))
    for sha256, media_type in sorted(photos.items()):
        name = f"photos/{sha256}.webp"
        try:
            files.put_large(name, await store.get(key(sha256, "view")))
            if story.originals:
                original = f"originals/{sha256}.{_EXTENSIONS[media_type]}"
                files.put_large(original, await store.get(key(sha256, "original")))
        except Absent:
            log.error("the photo store has lost a picture of %s", sha256)
            continue
        story.pictures[sha256] = name


def _told(files: _Files, story: Story) -> None:
    """Records, standings and the page as files."""
    for record in story.records.all():
        files.put(record.file, record.told())
    standings = [each.model_dump(mode="json", by_alias=True) for each in story.standings]
    files.put("standings.json", orjson.dumps(standings, option=orjson.OPT_INDENT_2))
    files.put("index.html", page(story))


async def _log(base: Database, order: Order, story: Story, files: int, manifest: bytes) -> Export:
    """The export's own row, committed."""
    counties = [record.row["county"] for record in story.records.of(Posting)]
    row = Export(
        id=order.export,
        county=counties[-1] if counties else HOUSE,
        kind=KIND,
        subject=str(order.person),
        period=order.period.key,
        by=order.by,
        originals=order.originals,
        records=len(story.records.all()),
        files=files,
        digest=hashlib.sha256(manifest).digest(),
        made_at=order.at,
    )
    async with base.writing() as session:
        session.add(row)
        await ledger.append(session, row, "create", order.by, order.at)
    return row


async def _prove(
    house: House, order: Order, files: _Files, records: Records, export: Export
) -> None:
    """Every leaf's path to a signed checkpoint that also covers the export itself."""
    try:
        await sealing.seal(house.base, house.signer, order.at, kept=house.kept)
    except BrokenCheckpoint as error:  # perhaps of another log; ours are looked at below
        log.error("%s", error)
    async with snapshot(house.base) as session:
        logged = Records()
        await logged.add(session, Export, col(Export.id) == export.id)
        every: list[Record] = [*records.all(), *logged.all()]
        seqs: dict[str, set[int]] = {}
        for record in every:
            for leaf in record.leaves:
                seqs.setdefault(leaf.log, set()).add(leaf.seq)
        for name in sorted(seqs):
            point = await sealing.newest(session, name)
            if point is None or point.size <= max(seqs[name]):
                raise NotCheckpointed
            await _proof(session, files, point, sorted(seqs[name]))
    files.put(EXPORT, logged.all()[0].told())


async def _proof(
    session: AsyncSession, files: _Files, point: LedgerCheckpoint, seqs: list[int]
) -> None:
    tree = Tree(point.log, point.size)
    await tree.read(session, seqs)
    paths = {str(seq): [node.hex() for node in tree.path(seq)] for seq in seqs}
    told = {"log": point.log, "size": point.size, "paths": paths}
    files.put(f"proofs/{point.log}.json", canonical(told))
    files.put(f"proofs/{point.log}.checkpoint", point.note.encode())
    files.put(f"proofs/{point.log}.key", f"{point.key}\n".encode())
