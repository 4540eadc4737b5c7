"""A booth's camera laptop: its watcher, its tokens, its cameras' clocks, what the event wants of it."""

from typing import Any

from nicegui import ui


class CameraLaptop(ui.element, component="camera_laptop.js"):
    """`laptop` is `Reads.laptop`; `role` decides what may be changed here."""

    def __init__(self, *, scope: dict[str, Any], laptop: dict[str, Any], role: str) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["laptop"] = laptop
        self._props["role"] = role
