"""The last news of a live row that is deleted: newer than all before, and nothing of the guest in it."""

from app.domain.consent import ERASED
from app.domain.messages import GuestChanged, JobChanged, LiveRow, ShotChanged

NOBODY = "—"


def last_word(row: LiveRow) -> LiveRow:
    """As all screens hear that it is gone for good. A file that vanished is hidden by its reason already."""
    newer = {"revision": row.revision + 1}
    if isinstance(row, JobChanged):
        nothing = {"has_output": False, "guest_name": NOBODY, "error_message": None, "wait": None}
        return row.model_copy(update={**newer, **nothing, "deleted": True})
    if isinstance(row, GuestChanged):
        nobody = {"guest_name": NOBODY, "phone_tail": "", "jobs_open": 0, "booth_id": None}
        return row.model_copy(update={**newer, **nobody, "deleted": True})
    if isinstance(row, ShotChanged):
        hidden = {"state": "rejected", "reason": ERASED, "has_preview": False}
        return row.model_copy(update={**newer, **hidden, "guest_name": None, "suggested": []})
    raise TypeError(f"{row.kind} rows are not deleted")
