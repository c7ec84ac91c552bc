"""How each row of the matrix is asked: a request about a target."""

from collections.abc import Callable

from app.core.clock import today
from app.core.ids import new_id
from tests.photos.pictures import sha
from tests.security.asking import Ask
from tests.security.world import (
    CANARIES,
    SIBLING,
    Target,
    World,
    activity,
    check_in,
    diary,
    figure,
    leave,
    make_up,
    portrait,
    position,
    submission,
)
from tests.submissions.desk import pdf

PERIOD = f"{today():%Y-%m}"
ABOUT = Callable[[World, Target], Ask]


def _plain(row: str) -> ABOUT:
    method, path = row.split(" ")
    return lambda _world, _target: Ask(method, path)


def _get(path: str, **query: str) -> ABOUT:
    def about(world: World, target: Target) -> Ask:
        told = {key: value.format(t=target) for key, value in query.items()}
        return Ask("GET", "/api/v1" + path.format(t=target), told)

    return about


def _put(path: str, body: Callable[[World, Target], object], method: str = "PUT") -> ABOUT:
    def about(world: World, target: Target) -> Ask:
        return Ask(
            method, "/api/v1" + path.format(t=target, new=new_id()), body=body(world, target)
        )

    return about


def _photo(world: World, _target: Target) -> Ask:
    return Ask(
        "PUT",
        f"/api/v1/photos/{sha(world.uploaded)}",
        body=world.uploaded,
        headers={"content-type": "image/jpeg"},
    )


def _file(_world: World, _target: Target) -> Ask:
    data = pdf("谁都可以上传")
    return Ask(
        "PUT", f"/api/v1/files/{sha(data)}", body=data, headers={"content-type": "application/pdf"}
    )


def _submission(_world: World, target: Target) -> object:
    kind = "month_ledger_forwarded" if len(target.unit) == 9 else "month_report"
    return submission(kind=kind, unit=target.unit)


def _posting(world: World, target: Target) -> object:
    day = str(world.another_day())
    person = str(world.spare.id)
    return {"person": person, "unit": target.unit, "kind": "AG", "from": day, "to": day}


def _sync(world: World, target: Target, kind: str, body: object) -> object:
    return {"records": [{"kind": kind, "id": str(new_id()), "body": body}]}


def _organisation(world: World, target: Target) -> object:
    kind = "team" if len(target.unit) == 12 else "town_office"
    return {"kind": kind, "name": "新组织", "unit": target.unit, "from": "2018-01-01"}


def _on_a_day(world: World, **told: str) -> object:
    day = str(world.another_day())
    return {**told, "from": day, "to": day}


def _rest_day(world: World, target: Target) -> object:
    day = str(world.another_working_day())
    return {"unit": target.unit, "date": day, "name": "纪念日", "off": True, "source": "通告"}


NOTICE = {
    "source": "通知",
    "days": [{"date": f"{today().year + 20}-01-01", "name": "元旦", "off": True}],
}
FENCE = {"name": "村委会", "lat": 27.13, "lon": 113.96, "radius_m": 800, "valid_to": "2019-01-01"}
HOUSE = (
    "/",
    "/root.css",
    "/problems",
    "/docs",
    "/docs/start.js",
    "/openapi.json",
    "/healthz",
    "/readyz",
)

ASKS: dict[str, ABOUT] = {
    **{f"GET {path}": _plain(f"GET {path}") for path in (*HOUSE, "/metrics")},
    "HEAD /openapi.json": _plain("HEAD /openapi.json"),
    "MOUNT /docs/assets": _plain("GET /docs/assets/swagger-ui.css"),
    **{
        f"{method} /api/{{path}}": _plain(f"{method} /api/v9/nothing")
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    },
    "POST /api/v1/session": _put("/session", lambda w, t: {}, "POST"),
    "POST /api/v1/session/refresh": _put("/session/refresh", lambda w, t: {}, "POST"),
    "DELETE /api/v1/session": _plain("DELETE /api/v1/session"),
    "PUT /api/v1/session/password": _put(
        "/session/password", lambda w, t: {"current": "x", "new": "short"}
    ),
    "GET /api/v1/me": _get("/me"),
    "GET /api/v1/time-anchor": _get("/time-anchor"),
    "GET /api/v1/units": _get("/units", limit="200"),
    "GET /api/v1/units/{code}": _get("/units/{t.unit}"),
    "GET /api/v1/fence-proposals": _get("/fence-proposals"),
    "PUT /api/v1/units/{code}/fences/{fence_id}": _put(
        "/units/{t.village}/fences/{new}", lambda w, t: FENCE
    ),
    "GET /api/v1/ledger/{log}/checkpoint": _get("/ledger/360321/checkpoint"),
    "GET /api/v1/ledger/{log}/checkpoint (of the house)": _get("/ledger/000000/checkpoint"),
    "GET /api/v1/ledger/{log}/checkpoints": _get("/ledger/360321/checkpoints"),
    "GET /api/v1/ledger/{log}/verifications": _get("/ledger/360321/verifications"),
    "GET /api/v1/ledger/{log}/record": _get(
        "/ledger/360321/record", table="units", id="360321101201"
    ),
    "GET /api/v1/ledger/{log}/proof": _get("/ledger/360321/proof", seq="2"),
    "GET /api/v1/ledger/{log}/consistency": _get(
        "/ledger/360321/consistency", **{"from": "3", "to": "9"}
    ),
    "GET /api/v1/organisations": _get("/organisations", limit="200"),
    "GET /api/v1/organisations/{organisation_id}": _get("/organisations/{t.organisation}"),
    "PUT /api/v1/organisations/{organisation_id}": _put("/organisations/{new}", _organisation),
    "PUT /api/v1/organisations/{organisation_id}/villages/{service_id}": _put(
        "/organisations/{t.organisation}/villages/{new}",
        lambda w, t: _on_a_day(w, village=t.village),
    ),
    "PUT /api/v1/organisations/{organisation_id}/people/{acting_id}": _put(
        "/organisations/{t.organisation}/people/{new}",
        lambda w, t: _on_a_day(w, person=str(w.settled.id)),
    ),
    "GET /api/v1/calendar/{year}": _get("/calendar/2026", unit="{t.unit}"),
    "PUT /api/v1/calendar/{year}": _put(f"/calendar/{today().year + 20}", lambda w, t: NOTICE),
    "PUT /api/v1/calendar/days/{day_id}": _put("/calendar/days/{new}", _rest_day),
    "GET /api/v1/people": _get("/people", unit="{t.unit}", limit="200"),
    "GET /api/v1/people/{person_id}/quotas": _get("/people/{t.person}/quotas"),
    "GET /api/v1/people/{person_id}/evidence": _get("/people/{t.person}/evidence", period=PERIOD),
    "GET /api/v1/people/{person_id}/evidence (with the original photos)": _get(
        "/people/{t.person}/evidence", period=PERIOD, originals="true"
    ),
    "GET /api/v1/units/{code}/quotas": _get("/units/{t.unit}/quotas", period=PERIOD),
    "GET /api/v1/units/{code}/summary": _get("/units/{t.unit}/summary", period=PERIOD),
    "GET /api/v1/units/{code}/duties": _get("/units/{t.unit}/duties"),
    "GET /api/v1/units/{code}/board": _get("/units/{t.unit}/board", period=PERIOD),
    "GET /api/v1/organisations/{organisation_id}/quotas": _get(
        "/organisations/{t.organisation}/quotas"
    ),
    "GET /api/v1/packs": _get("/packs"),
    "GET /api/v1/adoptions": _get("/adoptions", unit="{t.unit}"),
    "PUT /api/v1/adoptions/{adoption_id}": _put(
        "/adoptions/{new}",
        lambda w, t: {
            "pack": "p0-village-leader",
            "unit": t.unit,
            "basis": "县委办〔2018〕2 号",
            "from": "2099-01-01",
        },
    ),
    "POST /api/v1/closings": _put(
        "/closings", lambda w, t: {"unit": t.unit, "period": w.another_month()}, "POST"
    ),
    "GET /api/v1/closings": _get("/closings", unit="{t.unit}"),
    "GET /api/v1/closings/{closing_id}": _get("/closings/{t.closing}"),
    "GET /api/v1/postings": _get("/postings", person="{t.person}"),
    "PUT /api/v1/postings/{posting_id}": _put("/postings/{new}", _posting),
    "PUT /api/v1/postings/{posting_id} (in the sibling village, to somebody posted here)": _put(
        "/postings/{new}",
        lambda w, t: {
            "person": str(w.settled.id),
            "unit": SIBLING,
            "kind": "AG",
            "from": (day := str(w.another_day())),
            "to": day,
        },
    ),
    "PUT /api/v1/check-ins/{check_in_id}": _put("/check-ins/{new}", lambda w, t: check_in()),
    "PUT /api/v1/check-ins/{check_in_id} (under somebody else's id)": _put(
        "/check-ins/{t.check_in}", lambda w, t: check_in(note="别人的编号")
    ),
    "GET /api/v1/check-ins": _get("/check-ins", person="{t.person}"),
    "GET /api/v1/check-ins/{check_in_id}": _get("/check-ins/{t.check_in}"),
    "POST /api/v1/check-ins/{check_in_id}/withdrawal": _put(
        "/check-ins/{t.check_in}/withdrawal", lambda w, t: {"reason": "按错了"}, "POST"
    ),
    "PUT /api/v1/activities/{activity_id}": _put("/activities/{new}", lambda w, t: activity(t)),
    "PUT /api/v1/activities/{activity_id} (under somebody else's id)": _put(
        "/activities/{t.activity}", lambda w, t: activity(t, minutes="别人的编号")
    ),
    "GET /api/v1/activities": _get("/activities", person="{t.person}"),
    "GET /api/v1/activities/people": _get("/activities/people", limit="200"),
    "GET /api/v1/activities/{activity_id}": _get("/activities/{t.activity}"),
    "POST /api/v1/activities/{activity_id}/withdrawal": _put(
        "/activities/{t.activity}/withdrawal", lambda w, t: {"reason": "按错了"}, "POST"
    ),
    "GET /api/v1/conflicts": _get("/conflicts"),
    "GET /api/v1/notices": _get("/notices"),
    "POST /api/v1/notices/read": _put(
        "/notices/read", lambda w, t: {"ids": [str(t.notice)]}, "POST"
    ),
    "GET /api/v1/notices/preferences": _get("/notices/preferences"),
    "PUT /api/v1/notices/preferences": _put("/notices/preferences", lambda w, t: {"muted": True}),
    "PUT /api/v1/diaries/{diary_id}": _put("/diaries/{new}", lambda w, t: diary()),
    "PUT /api/v1/diaries/{diary_id} (about a household)": _put(
        "/diaries/{new}", lambda w, t: diary(households=[str(t.household)])
    ),
    "PUT /api/v1/diaries/{diary_id} (under somebody else's id)": _put(
        "/diaries/{t.diary}", lambda w, t: diary(text="别人的编号")
    ),
    "GET /api/v1/diaries": _get("/diaries", person="{t.person}"),
    "GET /api/v1/diaries/draft": _get("/diaries/draft"),
    "POST /api/v1/diaries/alike": _put(
        "/diaries/alike", lambda w, t: {"work_date": "2026-11-20", "text": "入户走访。"}, "POST"
    ),
    "GET /api/v1/diaries/{diary_id}": _get("/diaries/{t.diary}"),
    "PUT /api/v1/leave/{leave_id}": _put("/leave/{new}", lambda w, t: leave()),
    "PUT /api/v1/leave/{leave_id} (under somebody else's id)": _put(
        "/leave/{t.leave}", lambda w, t: leave(reason="别人的编号")
    ),
    "GET /api/v1/leave": _get("/leave", person="{t.person}"),
    "GET /api/v1/leave/{leave_id}": _get("/leave/{t.leave}"),
    "POST /api/v1/leave/{leave_id}/decision": _put(
        "/leave/{t.leave}/decision", lambda w, t: {"decision": "approve"}, "POST"
    ),
    "POST /api/v1/leave/{leave_id}/withdrawal": _put(
        "/leave/{t.leave}/withdrawal", lambda w, t: {"reason": "不去了"}, "POST"
    ),
    "POST /api/v1/leave/{leave_id}/return": _put(
        "/leave/{t.leave}/return", lambda w, t: {"back_on": str(today())}, "POST"
    ),
    "PUT /api/v1/make-ups/{make_up_id}": _put("/make-ups/{new}", lambda w, t: make_up()),
    "PUT /api/v1/make-ups/{make_up_id} (under somebody else's id)": _put(
        "/make-ups/{t.make_up}", lambda w, t: make_up(reason="别人的编号")
    ),
    "GET /api/v1/make-ups": _get("/make-ups", person="{t.person}"),
    "GET /api/v1/make-ups/{make_up_id}": _get("/make-ups/{t.make_up}"),
    "POST /api/v1/make-ups/{make_up_id}/decision": _put(
        "/make-ups/{t.make_up}/decision", lambda w, t: {"decision": "approve"}, "POST"
    ),
    "POST /api/v1/make-ups/{make_up_id}/withdrawal": _put(
        "/make-ups/{t.make_up}/withdrawal", lambda w, t: {"reason": "不去了"}, "POST"
    ),
    "PUT /api/v1/submissions/{submission_id}": _put("/submissions/{new}", _submission),
    "PUT /api/v1/submissions/{submission_id} (under somebody else's id)": _put(
        "/submissions/{t.submission}", lambda w, t: submission(title="别人的编号")
    ),
    "GET /api/v1/submissions": _get("/submissions", person="{t.person}"),
    "GET /api/v1/submissions/kinds": _get("/submissions/kinds"),
    "GET /api/v1/submissions/{submission_id}": _get("/submissions/{t.submission}"),
    "POST /api/v1/submissions/{submission_id}/decision": _put(
        "/submissions/{t.accepted}/decision",
        lambda w, t: {"decision": "return", "remark": "请补充"},
        "POST",
    ),
    "POST /api/v1/submissions/{submission_id}/withdrawal": _put(
        "/submissions/{t.accepted}/withdrawal", lambda w, t: {"reason": "报错了"}, "POST"
    ),
    "PUT /api/v1/figures/{figure_id}": _put("/figures/{new}", lambda w, t: figure(unit=t.unit)),
    "PUT /api/v1/figures/{figure_id} (under somebody else's id)": _put(
        "/figures/{t.figure}", lambda w, t: figure(note="别人的编号")
    ),
    "GET /api/v1/figures": _get("/figures", name="varieties"),
    "GET /api/v1/figures/{figure_id}": _get("/figures/{t.figure}"),
    "POST /api/v1/figures/{figure_id}/withdrawal": _put(
        "/figures/{t.figure}/withdrawal", lambda w, t: {"reason": "报错了"}, "POST"
    ),
    "PUT /api/v1/files/{sha256}": _file,
    "POST /api/v1/files/missing": _put("/files/missing", lambda w, t: {"sha256": []}, "POST"),
    "GET /api/v1/files/{sha256}": _get("/files/{t.file}"),
    "GET /api/v1/spot-checks": _get("/spot-checks", unit="{t.unit}"),
    "POST /api/v1/spot-checks": _put(
        "/spot-checks", lambda w, t: {"unit": t.unit, "month": "2018-01"}, "POST"
    ),
    "GET /api/v1/spot-checks/{spot_check_id}": _get("/spot-checks/{t.spot_check}"),
    "POST /api/v1/spot-checks/{spot_check_id}/draw": _put(
        "/spot-checks/{t.spot_check}/draw", lambda w, t: {}, "POST"
    ),
    "GET /api/v1/spot-checks/{spot_check_id}/list": _get("/spot-checks/{t.spot_check}/list"),
    "GET /api/v1/spot-check-results": _get("/spot-check-results"),
    "PUT /api/v1/spot-check-results/{result_id}": _put(
        "/spot-check-results/{t.spot_item}", lambda w, t: {"way": "phone", "found": "agrees"}
    ),
    "GET /api/v1/flags": _get("/flags", person="{t.person}"),
    "GET /api/v1/flags/{flag_id}": _get("/flags/{t.flag}"),
    "POST /api/v1/flags/{flag_id}/answer": _put(
        "/flags/{t.flag}/answer", lambda w, t: {"text": CANARIES["flag.answer"]}, "POST"
    ),
    "POST /api/v1/flags/{flag_id}/decision": _put(
        "/flags/{t.decided}/decision",
        lambda w, t: {"decision": "counts", "reason": "再看一次"},
        "POST",
    ),
    "POST /api/v1/flags/{flag_id}/appeal": _put(
        "/flags/{t.flag}/appeal", lambda w, t: {"text": "请复查"}, "POST"
    ),
    "GET /api/v1/checks": _get("/checks", unit="{t.unit}"),
    "POST /api/v1/checks/{code}/silence": _put(
        "/checks/zero-jitter/silence", lambda w, t: {"unit": t.unit, "reason": "误报"}, "POST"
    ),
    "POST /api/v1/checks/{code}/voice": _put(
        "/checks/zero-jitter/voice", lambda w, t: {"unit": t.unit, "reason": "已校准"}, "POST"
    ),
    "POST /api/v1/sync": _put("/sync", lambda w, t: _sync(w, t, "check_in", check_in()), "POST"),
    "POST /api/v1/sync (a position of the household)": _put(
        "/sync", lambda w, t: _sync(w, t, "household_position", position(t)), "POST"
    ),
    "PUT /api/v1/photos/{sha256}": _photo,
    "POST /api/v1/photos/missing": _put("/photos/missing", lambda w, t: {"sha256": []}, "POST"),
    "GET /api/v1/photos/{sha256}/thumb": _get("/photos/{t.photo}/thumb"),
    "GET /api/v1/photos/{sha256}/view": _get("/photos/{t.photo}/view"),
    "GET /api/v1/photos/{sha256}/thumb (of a portrait)": _get("/photos/{t.portrait}/thumb"),
    "GET /api/v1/photos/{sha256}/view (of a portrait)": _get("/photos/{t.portrait}/view"),
    "GET /api/v1/households": _get("/households", village="{t.village}"),
    "GET /api/v1/households (near its position)": _get(
        "/households", near=f"{CANARIES['position.lat']},{CANARIES['position.lon']}"
    ),
    "POST /api/v1/households/search": _put(
        "/households/search", lambda w, t: {"id_number": CANARIES["member.id_number"]}, "POST"
    ),
    "GET /api/v1/households/{household_id}": _get("/households/{t.household}"),
    "POST /api/v1/households/{household_id}/members/{member_id}/unmask": _put(
        "/households/{t.household}/members/{t.member}/unmask",
        lambda w, t: {"purpose": "核对参保"},
        "POST",
    ),
    "PUT /api/v1/household-portraits/{portrait_id}": _put(
        "/household-portraits/{new}", lambda w, t: portrait(t, sha(w.uploaded))
    ),
    "PUT /api/v1/household-positions/{position_id}": _put(
        "/household-positions/{new}", lambda w, t: position(t)
    ),
    "PUT /api/v1/plan-items/{item_id}": _put(
        "/plan-items/{new}", lambda w, t: {"household": str(t.household), "text": "种油茶"}
    ),
    "PUT /api/v1/households/{household_id}": _put(
        "/households/{new}",
        lambda w, t: {
            "village": t.village,
            "number": new_id().hex,
            "head": "新户",
            "poor": True,
            "since": "2014-01-01",
            "until": "2015-01-01",
        },
    ),
    "PUT /api/v1/households/{household_id}/members/{member_id}": _put(
        "/households/{t.household}/members/{new}", lambda w, t: {"name": "新丁", "relation": "子"}
    ),
    "PUT /api/v1/pairings/{pairing_id}": _put(
        "/pairings/{new}",
        lambda w, t: {
            "person": str(w.settled.id),
            "household": str(t.household),
            "from": (day := str(w.another_day())),
            "to": day,
        },
    ),
}

#: What a list must hold, or must not, by what its row is about.
NEEDLES: dict[str, Callable[[Target], str]] = {
    "unit": lambda t: f'"code":"{t.unit}"',
    "centre": lambda t: f'"village":"{t.village}"',
    "person": lambda t: str(t.person),
    "posting": lambda t: str(t.posting),
    "check_in": lambda t: str(t.check_in),
    "notice": lambda t: str(t.notice),
    "conflict": lambda t: str(t.conflict),
    "diary": lambda t: str(t.diary),
    "activity": lambda t: str(t.activity),
    "spot_check": lambda t: str(t.spot_check),
    "household": lambda t: str(t.household),
    "organisation": lambda t: str(t.organisation),
    "closing": lambda t: str(t.closing),
    "leave": lambda t: str(t.leave),
    "make_up": lambda t: str(t.make_up),
    "submission": lambda t: str(t.submission),
    "figure": lambda t: str(t.figure),
    "flag": lambda t: str(t.flag),
}
