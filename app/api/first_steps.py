"""The way to the first photo, and test shots: made by nobody's guest, and cleared away."""

from typing import Literal

from fastapi import APIRouter

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import first_steps, trial

router = APIRouter(tags=["setup"])


class GuideStep(Wire):
    """One step and how it stands."""

    name: Literal["password", "event", "booth", "style", "shot"]
    state: Literal["done", "skipped", "open"]


class GuideAnswer(Wire):
    """The five steps; `over` once nobody needs to be led any more."""

    steps: list[GuideStep]
    over: bool


class StepSaid(Wire):
    """What a person says of a step."""

    state: Literal["done", "skipped", "open"]


class TrialStart(Wire):
    """Where the test shot is made."""

    booth_id: str


class TrialAnswer(Wire):
    """Test guests of an event that are still there, the newest visit, and how many pictures there are."""

    session_id: str | None
    code: str
    booth_id: str | None
    guests: int
    jobs: int


class Cleared(Wire):
    """How many test guests were erased."""

    guests: int


@router.get("/setup/steps", summary="How far this installation is set up")
async def steps(ports: GivenPorts, principal: GivenPrincipal) -> GuideAnswer:
    """Administrators only."""
    return guide_answer(await first_steps.state(ports, principal))


@router.put("/setup/steps/{name}", summary="Tick, skip or open a step")
async def say(name: str, body: StepSaid, ports: GivenPorts, principal: GivenPrincipal) -> GuideAnswer:
    """Administrators only."""
    return guide_answer(await first_steps.say(ports, principal, name, body.state))


@router.post("/trials", status_code=201, summary="Begin a test shot")
async def start(body: TrialStart, ports: GivenPorts, principal: GivenPrincipal) -> TrialAnswer:
    """A test guest holds the booth: the next picture is theirs. Supervisors and up."""
    return trial_answer(await trial.start(ports, principal, body.booth_id))


@router.get("/events/{event_id}/trials", summary="What there is of test shots")
async def of_event(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> TrialAnswer:
    """For those who see the event."""
    return trial_answer(await trial.state(ports, principal, event_id))


@router.delete("/events/{event_id}/trials", summary="Erase all test shots")
async def clear(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Cleared:
    """Test guests with all their pictures. Supervisors and up."""
    return Cleared(guests=await trial.clear(ports, principal, event_id))


def guide_answer(guide: first_steps.Guide) -> GuideAnswer:
    """The steps as the API answers them."""
    return GuideAnswer(steps=[GuideStep(**step.__dict__) for step in guide.steps], over=guide.over)


def trial_answer(view: trial.Trial) -> TrialAnswer:
    """Test shots as the API answers them."""
    return TrialAnswer(**view.__dict__)
