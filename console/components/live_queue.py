"""The live queue of an event: every job, trouble first, virtualised in the browser."""

from typing import Any

from nicegui import ui


class LiveQueue(ui.element, component="live_queue.js"):
    """`kiosk` is the address of this event's kiosk, for the empty state."""

    def __init__(self, *, scope: dict[str, Any], kiosk: str, styles: list[dict[str, Any]]) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["styles"] = styles
        self._props["kiosk"] = kiosk
