"""The webcam with its shutter inside the browser; pictures go to the API, never through NiceGUI."""

from typing import Any

from nicegui import ui


class Camera(ui.element, component="camera.js"):
    """`styles` as the API gives them, to name the chosen one with each picture."""

    def __init__(self, *, scope: dict[str, Any], styles: list[dict[str, Any]]) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["styles"] = styles
