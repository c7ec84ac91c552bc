"""What a standing says is to be handed in, held or reported for its rule."""

from datetime import UTC, date, datetime

import pytest

from app.policy.engine import evaluate
from app.policy.loader import load_pack
from app.policy.periods import containing
from app.policy.records import History, Post
from app.policy.standing import Subject
from app.quotas.schemas import StandingOut

VILLAGE = "360321101201"
CASES = [
    ("p1-46-measures", "R27", "county", VILLAGE[:6], ["monthly_report", "fund_report"]),
    ("p1-46-measures", "R85", "village", VILLAGE, ["night_school_area_m2"]),
    # the posts whose holders it counts are nothing to hand in
    ("p0-village-leader", "R03", "village", VILLAGE, []),
]


@pytest.mark.parametrize(("pack_id", "rule", "kind", "unit", "asks"), CASES)
def test_only_what_somebody_writes_is_asked(
    pack_id: str, rule: str, kind: str, unit: str, asks: list[str]
) -> None:
    pack = load_pack(pack_id)
    on = date(2026, 10, 15)
    history = History(posts=(Post(kind, unit, date(2020, 1, 1)),))
    period = containing(pack.rules[rule].per, on)
    at = datetime(2026, 10, 15, 4, tzinfo=UTC)
    standing = evaluate(pack, rule, history, period, at, on=on)
    assert standing is not None
    assert StandingOut.told(standing, Subject(kind, unit, "北门村")).asks == asks
