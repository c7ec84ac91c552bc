"""The policy packs that come with the program, over HTTP."""

from fastapi import APIRouter

from app.core.http import SIGNED_IN
from app.policy.loader import load_pack, shipped
from app.policy.versions import load_version, older
from app.postings.scope import Viewer
from app.quotas.pack_schemas import PackOut, PacksOut

router = APIRouter(tags=["quotas 考核"])


@router.get("/packs", responses=SIGNED_IN)
async def list_packs(viewer: Viewer) -> PacksOut:  # noqa: ARG001  for whoever is signed in
    """The packs that can be adopted: rules with clause and threshold, blanks, open questions."""
    items = []
    for pack_id in shipped():
        items.append(PackOut.of_pack(load_pack(pack_id), newest=True))
        items += [
            PackOut.of_pack(load_version(pack_id, version), newest=False)
            for version in reversed(older(pack_id))
        ]
    return PacksOut(items=items)
