"""Many jobs at once: made again, rescued or stopped, each for itself: one that cannot be keeps no other."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.access import Principal
from app.domain.errors import Invalid, PhotobotError
from app.ports import Ports
from app.services import jobs, rescue

JOBS_MAX = 200
DEEDS: Mapping[str, Callable[[Ports, Principal, str], Awaitable[str]]] = {
    "retry": jobs.retry,
    "cancel": jobs.cancel,
}


RESCUES: Mapping[str, Callable[[Ports, Principal, str, str], Awaitable[None]]] = {
    "replay": rescue.replay,
    "original": rescue.original,
    "give-up": rescue.give_up,
}
"""What supervisors decide, with the reason that stands beside it."""


@dataclass(frozen=True)
class Done:
    """How many it was done for, and the others with the code of their refusal."""

    done: int
    refused: Sequence[tuple[str, str]]


async def apply(
    ports: Ports, principal: Principal, deed: str, job_ids: Sequence[str], because: str = ""
) -> Done:
    """Do it for each of these jobs, in their order; a job named twice is one. Rescues have their reason.

    Raises Invalid `BULK_INVALID` for another deed, no job or more than `JOBS_MAX`, `REASON_MISSING`;
    NotAllowed; what stops everything (the database is away) is raised as it is, and what is done until then
    stays.
    """
    if deed not in {*DEEDS, *RESCUES} or not 1 <= len(job_ids) <= JOBS_MAX:
        raise Invalid("BULK_INVALID", f"Choose what to do with 1 to {JOBS_MAX} jobs.", field="jobIds")
    if deed in RESCUES:
        principal.require_role("supervisor")
        because = rescue.reason_of(because)
    refused: list[tuple[str, str]] = []
    wanted = list(dict.fromkeys(job_ids))
    for job_id in wanted:
        try:
            if deed in RESCUES:
                await RESCUES[deed](ports, principal, job_id, because)
            else:
                await DEEDS[deed](ports, principal, job_id)
        except PhotobotError as error:
            refused.append((job_id, error.code))
    return Done(len(wanted) - len(refused), refused)
