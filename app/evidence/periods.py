"""Which periods a pack can be made of."""

from datetime import date

from app.policy.periods import Period
from app.quotas import service
from app.quotas.errors import NoSuchPeriod


def period_of(key: str, on: date) -> Period:
    """The period of a key that has a first and a last day; raises `NoSuchPeriod`."""
    period = service.period_of(key, on)
    if period.length in ("standing", "once"):
        raise NoSuchPeriod(
            "证据包按有起止的考核周期出具。请写成 2026-11、2026-Q4、2026-H2 或 2026。"
        )
    return period
