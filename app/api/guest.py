"""What guests do on their own page: their data, their consent, another style, erasing; open by its token."""

from datetime import datetime

from fastapi import APIRouter

from app.api.given import GivenIp, GivenPorts
from app.domain.messages import Wire
from app.services import erasure, guest_data, guest_styles

router = APIRouter(prefix="/guest/{token}", tags=["guest"])


class ConsentAnswer(Wire):
    """One purpose; `necessary`: there is no photo without it."""

    purpose: str
    necessary: bool
    given: bool
    since: datetime | None


class StyleOffered(Wire):
    """A style a guest may ask for."""

    id: str
    name: dict[str, str]


class GuestData(Wire):
    """What is held of a guest, and how many more styles they may ask for."""

    name: str
    phone: str
    photos: int
    pictures: int
    until: datetime
    consents: list[ConsentAnswer]
    styles_left: int
    styles: list[StyleOffered]


class StyleWish(Wire):
    """Which picture, in which other style."""

    job_id: str
    style_id: str


class StyleQueued(Wire):
    """The job that makes it."""

    job_id: str


class ConsentChoice(Wire):
    """Yes or no."""

    given: bool


class EraseWish(Wire):
    """`confirm` is `true`: erasing cannot be taken back."""

    confirm: bool = False


class ReceiptAnswer(Wire):
    """The receipt: `doneAt` once all of it is gone; `onCamera`: files on the team's cameras are removed by
    hand; `outside`: an outside service made a style.
    """

    number: str
    event_name: str
    asked_at: datetime
    done_at: datetime | None
    photos: int
    pictures: int
    on_camera: bool
    outside: bool


@router.get("/data", summary="What is held of a guest")
async def data(token: str, ports: GivenPorts, ip: GivenIp) -> GuestData:
    """Public by the link's token."""
    await guest_data.throttle(ports, token, ip)
    held = await guest_data.held(ports, token)
    offer = await guest_styles.offer(ports, token)
    return GuestData(
        name=held.name,
        phone=held.phone,
        photos=held.photos,
        pictures=held.pictures,
        until=held.until,
        consents=[ConsentAnswer(**consent.__dict__) for consent in held.consents],
        styles_left=offer.left,
        styles=[
            StyleOffered(id=style.id, name={"id": style.name_id, "en": style.name_en})
            for style in offer.styles
        ],
    )


@router.put("/consents/{purpose}", status_code=204, summary="Give or take back a consent")
async def consent(token: str, purpose: str, body: ConsentChoice, ports: GivenPorts, ip: GivenIp) -> None:
    """Public by the link's token; each change is in the audit log."""
    await guest_data.throttle(ports, token, ip)
    await guest_data.choose(ports, token, purpose, body.given)


@router.post("/styles", status_code=202, summary="Ask for another style")
async def style(token: str, body: StyleWish, ports: GivenPorts, ip: GivenIp) -> StyleQueued:
    """Public by the link's token, where the event allows it; asked twice, it is one job."""
    await guest_data.throttle(ports, token, ip)
    return StyleQueued(job_id=await guest_styles.ask(ports, token, body.job_id, body.style_id))


@router.post("/erasure", summary="Erase a guest's data")
async def erase(token: str, body: EraseWish, ports: GivenPorts, ip: GivenIp) -> ReceiptAnswer:
    """Public by the link's token; asked again, the same receipt."""
    await guest_data.throttle(ports, token, ip)
    return ReceiptAnswer(**(await erasure.ask(ports, token, body.confirm)).__dict__)


@router.get("/erasure", summary="The receipt of an erasure")
async def receipt(token: str, ports: GivenPorts, ip: GivenIp) -> ReceiptAnswer:
    """Public by the link's token; works for as long as the link is known."""
    await guest_data.throttle(ports, token, ip)
    return ReceiptAnswer(**(await erasure.receipt(ports, token)).__dict__)
