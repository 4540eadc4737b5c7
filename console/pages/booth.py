"""The operator's page of one booth: people on the left, the camera in the middle, its jobs on the right."""

from nicegui import ui
from starlette.requests import Request

from console.components.camera import Camera
from console.components.film_strip import FilmStrip
from console.components.job_cards import JobCards
from console.components.keys_bar import KeysBar
from console.components.orphan_tray import OrphanTray
from console.components.people import People
from console.components.style_picker import StylePicker
from console.components.uploads import Uploads
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/booth/{booth_id}")
async def booth(request: Request, booth_id: str) -> None:
    """Everything an operator needs without another page; fits 1366×768."""
    who = principal_of(request)
    reads = reads_of(request)
    here = await reads.booth(who, booth_id)
    styles = await reads.styles()
    with desk(
        "booth",
        username=who.username,
        sheet="booth tray uploads job_move",
        event=here["eventId"],
        booth=here["id"],
        event_name=here["eventName"],
        booth_name=here["name"],
    ) as scope:
        People(scope=scope, styles=styles, kiosk=f"/kiosk/{here['eventId']}")
        with ui.element("section").classes("capture"):
            StylePicker(part="mode", scope=scope, styles=styles, shoot=here["shoot"])
            Camera(scope=scope, styles=styles)
            FilmStrip(scope=scope)
            StylePicker(part="styles", scope=scope, styles=styles)
            OrphanTray(scope=scope)
            Uploads(scope=scope, styles=styles)
        JobCards(scope=scope, styles=styles)
        KeysBar()
