"""What goes in and out when an installation is set up. The console draws its forms from these models."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from app.domain.access import Role
from app.domain.messages import Wire
from app.services import booths, events, styles
from app.services.event_import import Plan

Days = Annotated[int, Field(ge=1, le=3650)]
ExtraStyles = Annotated[int, Field(ge=0, le=10)]
Credits = Annotated[float, Field(ge=0, lt=1e9, json_schema_extra={"clears": True})]
Day = Annotated[date, Field(json_schema_extra={"clears": True})]
Many = Literal["one", "many"]


class EventAnswer(Wire):
    """An event; `overlay`: a frame is laid over its pictures; `keepRaw`: RAW files are stored beside them.

    `photosPerGuest` `one`: a guest's second camera file in a turn waits in the tray. `extraStyles`: how many
    more styles a guest may ask for on their own page. `spendLimit`: credits at paid providers, null is no
    limit. `mark` changes with each change: send it as `If-Match` to overwrite nobody.
    """

    id: str
    slug: str
    name: str
    status: str
    starts_on: date | None
    overlay: bool
    retention_days: int
    photos_per_guest: str
    keep_raw: bool
    extra_styles: int
    spend_limit: float | None
    mark: str


class Events(Wire):
    """The account's events, newest first."""

    items: list[EventAnswer]


class NewEvent(Wire):
    """An event to make."""

    name: Annotated[str, Field(json_schema_extra={"maxLength": 120})]
    slug: Annotated[str, Field(json_schema_extra={"maxLength": 40, "from": "name"})]
    starts_on: Day | None = None
    retention_days: Days = 30
    photos_per_guest: Many = "many"
    keep_raw: bool = False
    extra_styles: ExtraStyles = 0
    spend_limit: Credits | None = None


class EventChange(Wire):
    """What to change; what is not given stays. A null empties `startsOn` and `spendLimit`."""

    name: Annotated[str, Field(json_schema_extra={"maxLength": 120})] | None = None
    starts_on: Day | None = None
    retention_days: Days | None = None
    photos_per_guest: Many | None = None
    keep_raw: bool | None = None
    extra_styles: ExtraStyles | None = None
    spend_limit: Credits | None = None
    status: Literal["open", "closed"] | None = None


class EventCopy(Wire):
    """A copy of an event: how it is called."""

    name: Annotated[str, Field(json_schema_extra={"maxLength": 120})]
    slug: Annotated[str, Field(json_schema_extra={"maxLength": 40, "from": "name"})]


class BoothAnswer(Wire):
    """A booth and its current event; `mark` as an event's."""

    id: str
    name: str
    event_id: str
    event_name: str
    printer: str
    mark: str


class Booths(Wire):
    """The booths of the account's events."""

    items: list[BoothAnswer]


class BoothPut(Wire):
    """A booth's name, current event and printer: a queue of the print server, or an `ipp://` address."""

    name: Annotated[str, Field(json_schema_extra={"maxLength": 60})]
    event_id: Annotated[str, Field(json_schema_extra={"choices": "events"})]
    printer: Annotated[str, Field(max_length=300, json_schema_extra={"clears": True})] | None = None


class NewBooth(BoothPut):
    """A booth to make; `id` stands in addresses and on its laptop's command line."""

    id: Annotated[str, Field(json_schema_extra={"maxLength": 40, "from": "name"})]


class Names(Wire):
    """A name in both languages."""

    en: Annotated[str, Field(json_schema_extra={"maxLength": 60})]
    id: Annotated[str, Field(json_schema_extra={"maxLength": 60})]


class StyleAnswer(Wire):
    """A style; `params` without its workflow, which is a file of its own; `mark` as an event's."""

    id: str
    name: Names
    provider: str
    enabled: bool
    position: int
    chain: list[dict[str, Any]]
    params: dict[str, Any]
    mark: str


class Styles(Wire):
    """Styles in the order to show them."""

    items: list[StyleAnswer]


class NewStyle(Wire):
    """A style to make."""

    name: Names
    id: Annotated[str, Field(json_schema_extra={"maxLength": 40, "from": "name.en"})]
    provider: Annotated[str, Field(json_schema_extra={"choices": "providers"})]
    params: dict[str, Any] = Field(default_factory=dict)
    chain: list[dict[str, Any]] = Field(default_factory=list)
    position: int = 100


class StyleChange(Wire):
    """What to change; what is not given stays."""

    name: Names | None = None
    enabled: bool | None = None
    params: dict[str, Any] | None = None
    chain: list[dict[str, Any]] | None = None
    position: Annotated[int, Field(json_schema_extra={"hidden": True})] | None = None


class StyleOrder(Wire):
    """Ids of styles in the order to show them."""

    order: Annotated[list[Annotated[str, StringConstraints(max_length=60)]], Field(max_length=1000)]


class NewUser(Wire):
    """A staff account to make."""

    username: Annotated[str, Field(json_schema_extra={"maxLength": 60})]
    role: Role = "operator"
    all_events: bool = True
    events: Annotated[
        list[str], Field(max_length=1000, json_schema_extra={"choices": "events", "unless": "allEvents"})
    ] = Field(default_factory=list)


class UserChange(Wire):
    """What to change of a staff account; what is not given stays."""

    role: Role | None = None
    all_events: bool | None = None
    events: (
        Annotated[
            list[str], Field(max_length=1000, json_schema_extra={"choices": "events", "unless": "allEvents"})
        ]
        | None
    ) = None
    enabled: bool | None = None


class PasswordChange(Wire):
    """A new password of one's own."""

    old: Annotated[str, Field(json_schema_extra={"format": "password", "autocomplete": "current-password"})]
    new: Annotated[
        str, Field(json_schema_extra={"format": "password", "autocomplete": "new-password", "minLength": 8})
    ]


class StepAnswer(Wire):
    """What a configuration file does, or did, to one thing; `because` is a code where it is left alone."""

    what: Literal["event", "overlay", "booth", "style"]
    name: str
    name_id: str
    does: Literal["make", "change", "keep", "skip"]
    fields: list[str]
    because: str


class PlanAnswer(Wire):
    """All that a configuration file does, or, `applied`, did."""

    steps: list[StepAnswer]
    event_id: str | None
    applied: bool


def event_answer(view: events.EventView) -> EventAnswer:
    """An event as the API answers it."""
    return EventAnswer(**{**view.__dict__, "overlay": view.has_overlay})


def booth_answer(view: booths.BoothView) -> BoothAnswer:
    """A booth as the API answers it."""
    return BoothAnswer(**view.__dict__)


def style_answer(view: styles.StyleView) -> StyleAnswer:
    """A style as the API answers it."""
    return StyleAnswer(**{**view.__dict__, "name": Names(en=view.name_en, id=view.name_id)})


def plan_answer(plan: Plan) -> PlanAnswer:
    """A plan as the API answers it."""
    steps = [StepAnswer(**{**step.__dict__, "fields": list(step.fields)}) for step in plan.steps]
    return PlanAnswer(steps=steps, event_id=plan.event_id, applied=plan.applied)


def style_values(body: NewStyle | StyleChange) -> dict[str, Any]:
    """What the style's service takes."""
    values: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"id", "provider", "name"})
    if body.name is not None:
        values |= {"name_en": body.name.en, "name_id": body.name.id}
    return values
