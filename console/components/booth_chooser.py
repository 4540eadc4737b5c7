"""The choice of a booth, live from the board of the booths' event."""

from typing import Any

from nicegui import ui


class BoothChooser(ui.element, component="booth_chooser.js"):
    """`booths` are `{id, name, eventId, eventName}`."""

    def __init__(self, *, scope: dict[str, Any], booths: list[dict[str, Any]]) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["booths"] = booths
