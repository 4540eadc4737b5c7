"""The switch between webcam and tethered camera, and the row of styles."""

from typing import Any, Literal

from nicegui import ui


class StylePicker(ui.element, component="style_picker.js"):
    """`part` says which of the two it is; both share the browser's choice.

    `shoot` is what a browser begins with that has not chosen.
    """

    def __init__(
        self,
        *,
        part: Literal["mode", "styles"],
        scope: dict[str, Any],
        styles: list[dict[str, Any]],
        shoot: Literal["webcam", "pro"] = "webcam",
    ) -> None:
        super().__init__()
        self._props["part"] = part
        self._props["scope"] = scope
        self._props["styles"] = styles
        self._props["shoot"] = shoot
