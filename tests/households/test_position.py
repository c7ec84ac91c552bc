"""The median of visits: pure, then over the API with outliers, withdrawals and a hand-set one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import Database
from app.core.geo import Datum, Point, at, distance_m, from_wgs84
from app.households.position import Placed, VisitFix, effective, position_of
from tests.factories import make_fence, make_household
from tests.households.conftest import VILLAGE, Village

HOME = (27.13, 113.96)
LAT, LON = at(*HOME)


def test_no_fix_no_position() -> None:
    assert position_of([]) is None


def test_one_fix_is_the_position() -> None:
    assert position_of([VisitFix(1, 2, 18_000)]) == Placed(Point(1, 2), 18_000, 1)


def test_two_fixes_meet_in_the_middle() -> None:
    assert position_of([VisitFix(0, 10, 10), VisitFix(4, 30, 30)]) == Placed(Point(2, 20), 20, 2)


@given(
    st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), min_size=3, max_size=30),
    st.data(),
)
def test_fewer_than_half_outliers_do_not_move_it(
    near: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Fixes within 300 units of home, and up to one fewer anywhere on earth."""
    far = st.tuples(st.integers(-900_000_000, 900_000_000), st.integers(0, 1_800_000_000))
    outliers = data.draw(st.lists(far, max_size=len(near) - 1))
    fixes = [VisitFix(LAT + a, LON + b, 10_000) for a, b in near]
    fixes += [VisitFix(a, b, 10_000) for a, b in outliers]
    placed = position_of(fixes)
    assert placed is not None
    assert abs(placed.point.lat_e7 - LAT) <= 300
    assert abs(placed.point.lon_e7 - LON) <= 300


def test_a_clock_in_the_future_does_not_hold_for_ever() -> None:
    received = now()
    assert effective(received + timedelta(days=400), received) == received
    assert effective(received - timedelta(days=4), received) == received - timedelta(days=4)


async def visit(village: Village, lat: float, lon: float, **over: Any) -> str:
    """A household check-in of the helper; its id."""
    check_in = str(uuid4())
    body = {
        "kind": "household",
        "village": VILLAGE,
        "household": str(village.household.id),
        "captured_at": now().isoformat(),
        "fix": {"lat": lat, "lon": lon, "accuracy_m": over.pop("accuracy_m", 20.0)},
        **over,
    }
    made = await village.client.put(
        f"/api/v1/check-ins/{check_in}", json=body, headers=village.as_helper
    )
    assert made.status_code == 201, made.text
    return check_in


async def shown(village: Village) -> dict[str, Any]:
    got = await village.client.get(
        f"/api/v1/households/{village.household.id}", headers=village.as_helper
    )
    place: dict[str, Any] = got.json()["position"]
    return place


async def test_the_position_is_the_median_of_the_good_fixes_of_visits(
    village: Village, db: Database
) -> None:
    await make_fence(db, VILLAGE)
    nowhere = {"lat": None, "lon": None, "accuracy_m": None, "source": "none", "fixes": 0}
    assert await shown(village) == nowhere

    lat, lon = HOME
    await visit(village, lat, lon + 0.5)  # outside the village's fence
    await visit(village, lat + 0.01, lon, accuracy_m=100.001)  # too coarse
    await visit(village, lat + 0.01, lon, accuracy_m=0)  # no phone is that good
    await visit(village, lat + 0.01, lon, kind="presence")  # not a visit
    await visit(village, lat + 0.01, lon, fix=None, no_fix_reason="denied")
    taken_back = await visit(village, lat + 0.01, lon)
    await village.client.post(
        f"/api/v1/check-ins/{taken_back}/withdrawal",
        json={"reason": "错"},
        headers=village.as_helper,
    )
    assert await shown(village) == nowhere

    await visit(village, lat, lon, accuracy_m=100)
    await visit(village, lat + 0.0001, lon - 0.0002)
    await visit(village, lat + 0.009, lon + 0.009)  # inside the fence, at the wrong house
    place = await shown(village)
    assert place["source"] == "median_of_visits"
    assert place["fixes"] == 3
    assert (place["lat"], place["lon"]) == (round(lat + 0.0001, 7), lon)
    assert place["accuracy_m"] == 20.0


def by_hand(village: Village, lat: float, lon: float, **over: Any) -> dict[str, Any]:
    fix = {"lat": lat, "lon": lon, "accuracy_m": 12.5, "datum": over.pop("datum", "wgs84")}
    return {
        "household": str(village.household.id),
        "fix": fix,
        "set_at": now().isoformat(),
        **over,
    }


async def put(village: Village, body: dict[str, Any], position: Any = None) -> Any:
    return await village.client.put(
        f"/api/v1/household-positions/{position or uuid4()}", json=body, headers=village.as_helper
    )


async def test_set_by_hand_stands_over_visits_and_the_newest_holds(village: Village) -> None:
    await visit(village, 27.0, 113.9)
    late = now() - timedelta(days=3)
    assert (await put(village, by_hand(village, 27.2, 113.8))).status_code == 201
    old = by_hand(village, 27.3, 113.7, set_at=late.isoformat())
    assert (await put(village, old)).status_code == 201
    place = await shown(village)
    assert (place["lat"], place["source"], place["accuracy_m"]) == (27.2, "set_by_hand", 12.5)
    ahead = by_hand(village, 27.4, 113.6, set_at=(now() + timedelta(days=900)).isoformat())
    assert (await put(village, ahead)).status_code == 201
    assert (await shown(village))["lat"] == 27.4
    assert (await put(village, by_hand(village, 27.5, 113.5))).status_code == 201
    assert (await shown(village))["lat"] == 27.5


async def test_every_datum_is_stored_as_wgs84(village: Village) -> None:
    for datum in [*Datum]:
        home = at(*HOME)
        given = from_wgs84(home, datum)
        made = await put(village, by_hand(village, given.lat, given.lon, datum=datum.value))
        assert made.status_code == 201
        stood = at(made.json()["lat"], made.json()["lon"])
        assert distance_m(stood, home) < 0.1
        assert made.json()["datum"] == datum.value


async def test_the_same_again_other_bodies_and_other_authors(village: Village) -> None:
    position = uuid4()
    body = by_hand(village, 27.2, 113.8)
    made = await put(village, body, position)
    again = await put(village, body | {"fix": body["fix"] | {"lat": 27.200000001}}, position)
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()
    other = await put(village, body | {"fix": body["fix"] | {"lat": 27.2000001}}, position)
    assert (other.status_code, other.json()["code"]) == (409, "household-position-differs")
    theirs = await village.client.put(
        f"/api/v1/household-positions/{position}", json=body, headers=village.as_admin
    )
    assert (theirs.status_code, theirs.json()["code"]) == (409, "id-taken")
    kept = await village.client.get("/api/v1/conflicts", headers=village.as_helper)
    assert [c["kind"] for c in kept.json()["items"]] == ["household_position"]


async def test_what_is_no_position(village: Village) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"lat": 90.1}, "lat"),
        ({"lon": -180.1}, "lon"),
        ({"accuracy_m": -1}, "accuracy_m"),
        ({"datum": "cgcs2000"}, "datum"),
        ({"lat": "NaN"}, "lat"),
    ]
    for wrong, where in refusals:
        body = by_hand(village, 27.2, 113.8)
        refused = await put(village, body | {"fix": body["fix"] | wrong})
        assert refused.status_code == 422, wrong
        assert where in str(refused.json()["errors"])


async def test_near_lists_by_distance_within_the_radius(village: Village, db: Database) -> None:
    """Steps of 0.001 degree of latitude: 111 m each; the cursor walks them one by one."""
    away: dict[str, int] = {}
    for steps in (3, 1, 9, 2):
        household = await make_household(db, VILLAGE, f"户{steps}")
        body = by_hand(village, HOME[0] + steps / 1000, HOME[1])
        made = await village.client.put(
            f"/api/v1/household-positions/{uuid4()}",
            json=body | {"household": str(household.id)},
            headers=village.as_admin,
        )
        assert made.status_code == 201
        away[f"户{steps}"] = round(steps * 111.19)
    await visit(village, HOME[0], HOME[1])
    asked = f"/api/v1/households?near={HOME[0]},{HOME[1]}&limit=1"
    seen: list[tuple[str, int]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await village.client.get(
            asked + (f"&cursor={cursor}" if cursor else ""), headers=village.as_admin
        )
        seen += [(row["head"], row["distance_m"]) for row in page.json()["items"]]
        cursor = page.json()["next"]
    assert seen == [("刘户主", 0), ("户1", away["户1"]), ("户2", away["户2"]), ("户3", away["户3"])]
    wider = await village.client.get(
        f"/api/v1/households?near={HOME[0]},{HOME[1]}&radius_m=1100", headers=village.as_admin
    )
    assert len(wider.json()["items"]) == 5
    for bad in ("27.1", "x,y", "91,0", "27.1,181"):
        refused = await village.client.get(
            f"/api/v1/households?near={bad}", headers=village.as_admin
        )
        assert refused.status_code == 422
