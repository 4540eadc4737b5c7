"""Reads the server's answers to uploads: what each means for the file, in words a person understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from app.domain.messages import WatcherTrouble
from watcher.sort import ShotState


@dataclass(frozen=True)
class Outcome:
    """What an answer means: a final state, or `later` (only this shot) or `hold` (all of them)."""

    kind: Literal["final", "later", "hold"]
    state: ShotState = "whole"
    code: str = ""
    message: str = ""
    job_id: str | None = None
    same_as: str | None = None
    """The shot that this one is a duplicate of."""
    original_wanted: bool = False
    raw_wanted: bool = False
    retry_after: float = 0.0
    trouble: WatcherTrouble | None = None


_ANSWERS: dict[object, ShotState] = {
    "assigned": "done",
    "rejected": "done",
    "orphan": "orphan",
    "duplicate": "duplicate",
    "invalid": "invalid",
}
ID_TAKEN = "SHOT_ID_TAKEN"
"""The server keeps other bytes under this shot's id: an earlier writing of the file."""
MISMATCH = "SHA256_MISMATCH"
HTTPS_ONLY, STAFF_ONLY = "HTTPS_ONLY", "STAFF_NETWORK_ONLY"
"""It is our server, but no camera laptop is heard at this address, or from this network."""
NO_ROOM = "The server's disk is full: free some space there. Every picture is kept here until then."
BUSY = "The server has too much to do; every picture is kept here until it takes them."


def read_answer(
    status: int, body: Mapping[str, object], headers: Mapping[str, str], *, reduced: bool = False
) -> Outcome:
    """Translate the answer to a posted shot. Only an answer that is surely our server's is final.

    `reduced` says that a small copy was sent.
    """
    code = str(body.get("code") or f"HTTP_{status}")
    if status in (200, 201):
        state = _ANSWERS.get(body.get("state"))
        if state is None:
            return _not_ours()
        job, first = body.get("jobId"), body.get("shotId")
        reason = str(body.get("reason") or "")
        return Outcome(
            "final",
            state,
            reason,
            reason,
            job if isinstance(job, str) else None,
            same_as=first if state == "duplicate" and isinstance(first, str) else None,
            original_wanted=bool(body.get("originalWanted", reduced)),
            raw_wanted=bool(body.get("rawWanted", False)),
        )
    if _refused(status, code, body):
        detail = str(body.get("detail") or "The server does not take this picture.")
        return Outcome("final", "invalid", code, detail)
    if status == 409 and code == ID_TAKEN:
        return Outcome("final", "done", ID_TAKEN, "The server has this shot as it was written first.")
    return _not_now(status, code, body, headers)


def read_beside(status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> Outcome:
    """The answer to a shot's original or RAW. Final whatever became of it, once the server has decided."""
    code = str(body.get("code") or f"HTTP_{status}")
    if status in (200, 201):
        return Outcome("final", "done") if body else _not_ours()
    if (400 <= status < 500 and "code" in body) and status not in (401, 403, 408, 425, 429):
        if code == MISMATCH:
            return Outcome("later", code=code, message="The file changed on its way.")
        return Outcome("final", "done", code, str(body.get("detail") or "The server does not want it."))
    return _not_now(status, code, body, headers)


def _refused(status: int, code: str, body: Mapping[str, object]) -> bool:
    return (status == 413 and "code" in body) or (status in (413, 415, 422) and code.startswith("IMAGE_"))


def _not_ours() -> Outcome:
    return Outcome(
        "hold", code="NOT_OUR_SERVER", message="The answer is not photobot's.", trouble="SERVER_AWAY"
    )


def _not_now(status: int, code: str, body: Mapping[str, object], headers: Mapping[str, str]) -> Outcome:
    detail = str(body.get("detail") or "")
    if code in (HTTPS_ONLY, STAFF_ONLY):
        words = f"{detail} Correct SERVER_URL, or the network this laptop is in."
        return Outcome("hold", code=code, message=words, trouble="SERVER_AWAY")
    if status in (401, 403):
        words = "The server does not take this booth's token; check PHOTOBOT_TOKEN or PHOTOBOT_TOKEN_FILE."
        return Outcome(
            "hold", code=code, message=words, retry_after=_retry_after(headers), trouble="TOKEN_REFUSED"
        )
    if status == 507 or code == "STORAGE_FULL":
        wait = _retry_after(headers)
        return Outcome("hold", code=code, message=NO_ROOM, retry_after=wait, trouble="SERVER_BUSY")
    if status in (408, 425, 500):
        return Outcome("later", code=code, message=detail)
    if status == 429 or status >= 500:
        away = status in (502, 504)
        return Outcome(
            "hold",
            code=code,
            message=detail or BUSY,
            retry_after=_retry_after(headers),
            trouble="SERVER_AWAY" if away else "SERVER_BUSY",
        )
    if status == 404 or status < 400:
        words = detail or "There is no photobot for this booth there."
        return Outcome("hold", code=code, message=words, trouble="SERVER_AWAY")
    return Outcome("later", code=code, message=detail)


def _retry_after(headers: Mapping[str, str]) -> float:
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value), 300.0)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), 300.0)
