"""What an error of a stage means: may it pass, whose fault is it, what are people told."""

from dataclasses import dataclass

import structlog

from app.domain.errors import AccountFault, Fatal, OutcomeUnknown, PhotobotError, Transient, Unavailable
from tasks.stage import Stage
from tasks.work import StageRun

log = structlog.get_logger()

STORAGE = "storage"


@dataclass(frozen=True)
class Fault:
    """`passes`: another try may help. `of_maker`: another maker may. `over`: what is under way is given up.

    `part` is the outside part whose breaker counts it, `account`: it refuses our account. `house`: it is the
    house's own part (the storage), without which no try can succeed: the job waits and no try is counted.
    """

    code: str
    message: str
    passes: bool = True
    of_maker: bool = False
    over: bool = False
    part: str | None = None
    account: bool = False
    house: bool = False


def fault_of(error: BaseException, run: StageRun, stage: Stage) -> Fault:
    """Read an error. Of an unknown one people hear its kind, never its text (paths, secrets)."""
    maker = run.maker.provider if stage.outside else None
    match error:
        case TimeoutError() if stage.outside and run.seconds_left <= 0:
            message = "The picture was not made within the time a guest waits."
            return Fault("JOB_DEADLINE", message, passes=False, of_maker=True, over=True, part=maker)
        case TimeoutError():
            return Fault("STAGE_TIMEOUT", "This step took too long.", of_maker=True, over=True, part=maker)
        case AccountFault():
            return Fault(error.code, error.message, passes=False, of_maker=True, part=maker, account=True)
        case Fatal():  # an answer, if not the one we want: it says nothing against the maker
            return Fault(error.code, error.message, passes=False, of_maker=error.code != "JOB_DEADLINE")
        case Transient() | OutcomeUnknown():
            return Fault(error.code, error.message, of_maker=True, part=maker)
        case Unavailable():
            part = STORAGE if STORAGE in stage.uses else None
            return Fault(error.code, error.message, part=part, house=part is not None)
        case PhotobotError():
            return Fault(error.code, error.message, passes=False)
    log.error("stage_error", stage=stage.name, exc_info=error)
    return Fault("INTERNAL", f"Unexpected error ({type(error).__name__}).")
