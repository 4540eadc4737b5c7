"""The photos of this browser that are not at the server yet, and a banner while there is no server."""

from typing import Any

from nicegui import ui


class Uploads(ui.element, component="uploads.js"):
    """`styles` as the API gives them, to name each photo's style."""

    def __init__(self, *, scope: dict[str, Any], styles: list[dict[str, Any]]) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["styles"] = styles
