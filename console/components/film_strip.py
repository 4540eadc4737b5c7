"""The tethered camera's files as a film strip, live from the board."""

from typing import Any

from nicegui import ui


class FilmStrip(ui.element, component="film_strip.js"):
    """Shows the shots of the scope's booth."""

    def __init__(self, *, scope: dict[str, Any]) -> None:
        super().__init__()
        self._props["scope"] = scope
