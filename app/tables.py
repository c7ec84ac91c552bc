"""Every table of the house, for migrations: importing this module registers them all."""

from app.activities import models as activities
from app.auth import models as auth
from app.checkins import models as checkins
from app.checks import models as checks
from app.core.tables import metadata
from app.diaries import models as diaries
from app.evidence import models as evidence
from app.households import models as households
from app.ledger import models as ledger
from app.notices import models as notices
from app.org import models as org
from app.photos import models as photos
from app.postings import models as postings
from app.quotas import models as quotas
from app.records import models as records
from app.requests import models as requests
from app.retention import models as retention
from app.reviews import models as reviews
from app.spotchecks import models as spotchecks
from app.submissions import models as submissions
from app.workdays import models as workdays

__all__ = [
    "activities",
    "auth",
    "checkins",
    "checks",
    "diaries",
    "evidence",
    "households",
    "ledger",
    "metadata",
    "notices",
    "org",
    "photos",
    "postings",
    "quotas",
    "records",
    "requests",
    "retention",
    "reviews",
    "spotchecks",
    "submissions",
    "workdays",
]
