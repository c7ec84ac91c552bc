"""``zhucun doctor``: what the machine's keeper should know before people rely on it."""

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from app.core.clock import today
from app.core.db import Database
from app.core.errors import Problem
from app.core.migrate import newest, standing
from app.core.settings import Settings
from app.core.storage import store_of
from app.policy.calendar import CalendarMissing, national
from app.policy.reading import Fault
from app.policy.versions import load_version, read_all
from app.quotas.models import Adoption

PROBE = "doctor/probe"
#: below it the JPEG decoder has a critical heap overflow (GHSA-8g5g-8vmr-9782)
SAFE_PILLOW = (13, 0, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    what: str
    fine: bool
    says: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed but a probe object in the photo store."""
    return [
        Finding("环境与密钥 environment, secrets", True, settings.environment),  # or no Settings
        await _database(settings),
        await _packs(settings),
        await _store(settings),
        _zone(),
        _calendar(),
        _pillow(),
        _https(settings),
    ]


async def _database(settings: Settings) -> Finding:
    name = "数据库 database"
    head = newest()
    base = Database(settings.database, connections=2)
    try:
        current = await standing(base.engine)
    except (SQLAlchemyError, OSError) as error:
        return Finding(name, False, f"连接不上({type(error).__name__});核对 ZHUCUN_DATABASE_URL")
    finally:
        await base.dispose()
    if current != head:
        return Finding(name, False, f"版本 {current},应为 {head};请运行 zhucun migrate")
    return Finding(name, True, f"{base.dialect},版本 {current}")


async def _packs(settings: Settings) -> Finding:
    """Whether every installed pack can be read and every adopted version is among them."""
    name = "政策包 policy packs"
    try:
        read_all()
    except Fault as fault:
        return Finding(name, False, fault.one_line)
    base = Database(settings.database, connections=2)
    try:
        async with base.reading() as session:
            query = select(col(Adoption.pack), col(Adoption.version)).distinct()
            adopted = sorted((await session.exec(query)).all())
    except (SQLAlchemyError, OSError):
        return Finding(name, False, "无法读取启用记录,见上一行")
    finally:
        await base.dispose()
    missing = [f"{pack} {number}" for pack, number in adopted if not _held(pack, number)]
    if missing:
        return Finding(
            name,
            False,
            f"程序中没有已启用的 {'、'.join(missing)},相关考核暂不计算、不能封存;请安装含有该版本的程序,或改为启用随附的版本",
        )
    told = "、".join(f"{pack} {number}" for pack, number in adopted)
    return Finding(name, True, told or "尚未启用,不考核任何人")


def _held(pack: str, number: str) -> bool:
    try:
        load_version(pack, number)
    except KeyError:
        return False
    return True


async def _store(settings: Settings) -> Finding:
    name = "照片存储 media"
    try:
        store = store_of(settings)
        await store.put(PROBE, b"probe")
        await store.get(PROBE)
    except (Problem, OSError, ValueError) as error:
        return Finding(name, False, f"写入或读取失败:{error};核对 ZHUCUN_MEDIA_URL")
    return Finding(name, True, settings.media)


def _zone() -> Finding:
    name = "时区 time zone"
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return Finding(name, False, "系统缺少时区数据,请安装 tzdata")
    return Finding(name, True, "Asia/Shanghai")


def _calendar() -> Finding:
    name, day = "工作日历 calendar", today()
    years = [year for year in (day.year, day.year + 1) if not _covered(year)]
    if day.year in years:
        return Finding(name, False, f"{day.year} 年日历缺失,按工作日计算的考核将不评定")
    if years and day.month == 12:
        return Finding(name, False, f"{day.year + 1} 年日历尚未录入,请在年底前补上")
    return Finding(name, True, f"{day.year} 年已录入")


def _covered(year: int) -> bool:
    try:
        national().is_working(date(year, 1, 1))
    except CalendarMissing:
        return False
    return True


def _pillow() -> Finding:
    found = tuple(int(part) for part in version("pillow").split(".")[:3])
    fine = found >= SAFE_PILLOW
    says = version("pillow") if fine else "低于 13.0.0,JPEG 解码有严重漏洞,请升级"
    return Finding("图片库 pillow", fine, says)


def _https(settings: Settings) -> Finding:
    name = "访问地址 public url"
    if settings.public_url.startswith("https://") or not settings.production:
        return Finding(name, True, settings.origin)
    return Finding(name, False, "手机浏览器只在 https 下提供定位,请设置 ZHUCUN_PUBLIC_URL")
