"""The system's page: dependencies, programs, camera laptops, limits, and the log of incidents."""

from typing import Any

from nicegui import ui


class System(ui.element, component="system.js"):
    """`booths` are `{id, name, eventId, eventName}`."""

    def __init__(self, *, scope: dict[str, Any], booths: list[dict[str, Any]]) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["booths"] = booths
