"""The choice of a booth, live from the board of the booths' event."""

from typing import Any

from nicegui import ui


class BoothChooser(ui.element, component="booth_chooser.js"):
    """`booths` are `{id, name, eventId, eventName}`; `guide` are an administrator's first steps."""

    def __init__(
        self, *, scope: dict[str, Any], booths: list[dict[str, Any]], guide: dict[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["booths"] = booths
        self._props["guide"] = guide
