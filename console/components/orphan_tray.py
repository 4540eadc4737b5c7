"""The booth's tray: photos without a guest, files that are no photo, and what was put away."""

from typing import Any

from nicegui import ui


class OrphanTray(ui.element, component="orphan_tray.js"):
    """The button with its count, and the tray it opens."""

    def __init__(self, *, scope: dict[str, Any]) -> None:
        super().__init__()
        self._props["scope"] = scope
