"""The people of a booth: code field, active guest, queue; live from the board."""

from typing import Any

from nicegui import ui


class People(ui.element, component="people.js"):
    """`styles` as the API gives them; `kiosk` is the address of this event's kiosk."""

    def __init__(self, *, scope: dict[str, Any], styles: list[dict[str, Any]], kiosk: str) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["styles"] = styles
        self._props["kiosk"] = kiosk
