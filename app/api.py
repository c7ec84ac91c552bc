"""The one list of routers under /api/v1."""

from fastapi import APIRouter, Request
from starlette.routing import Match
from starlette.types import Scope

from app.activities import sight as activity_sight
from app.activities.routes import router as activities
from app.activities.service import RECORD_KIND as ACTIVITY
from app.auth.routes import router as session
from app.checkins.routes import router as check_ins
from app.checks.routes import router as fence_proposals
from app.core.errors import MethodNotAllowed, NotFound
from app.diaries.routes import router as diaries
from app.evidence.routes import router as evidence
from app.households.register_routes import router as household_register
from app.households.routes import router as households
from app.ledger.routes import router as ledger
from app.notices.routes import router as notices
from app.org.organisation_routes import router as organisations
from app.org.routes import router as units
from app.people.routes import router as people
from app.photos.deps import SEEN_AS
from app.photos.routes import router as photos
from app.postings.routes import router as postings
from app.quotas.closing_routes import router as closings
from app.quotas.pack_routes import router as packs
from app.quotas.routes import router as quotas
from app.records.routes import router as conflicts
from app.requests.routes import router as requests
from app.reviews.routes import router as reviews
from app.spotchecks.routes import router as spot_checks
from app.submissions import sight as submission_sight
from app.submissions.file_routes import router as files
from app.submissions.routes import router as submissions
from app.sync.routes import router as sync
from app.workdays.routes import router as calendar

router = APIRouter(prefix="/api/v1")
router.include_router(check_ins)  # first: routes are tried in order, and this one is the busiest
router.include_router(session)
router.include_router(conflicts)
router.include_router(diaries)
router.include_router(households)
router.include_router(household_register)
router.include_router(photos)
router.include_router(postings)
router.include_router(units)
router.include_router(fence_proposals)
router.include_router(organisations)
router.include_router(calendar)
router.include_router(quotas)
router.include_router(packs)
router.include_router(closings)
router.include_router(people)
router.include_router(evidence)
router.include_router(notices)
router.include_router(sync)
router.include_router(activities)
router.include_router(submissions)
router.include_router(files)
router.include_router(requests)
router.include_router(ledger)
router.include_router(spot_checks)
router.include_router(reviews)
SEEN_AS[ACTIVITY] = activity_sight.photos
SEEN_AS[submission_sight.SUBMISSION] = submission_sight.photos
SEEN_AS[submission_sight.FIGURE] = submission_sight.photos

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
fallback = APIRouter(include_in_schema=False)


@fallback.api_route("/api/{path:path}", methods=METHODS)
async def unknown(path: str, request: Request) -> None:
    """No page is ever served under /api; a known path says which methods it takes."""
    if allowed := [method for method in METHODS if _takes(request.scope, method)]:
        raise MethodNotAllowed(allowed)
    raise NotFound(f"没有这个接口:/api/{path[:80]}。请升级到最新版本的应用。")


def _takes(scope: Scope, method: str) -> bool:
    asked = {**scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in router.routes)
