"""The gallery of an event: every finished picture, virtualised in the browser, live from the board."""

from typing import Any

from nicegui import ui


class Gallery(ui.element, component="gallery.js"):
    """`events` are those of the account, to change between; `styles` give names in both languages."""

    def __init__(
        self, *, scope: dict[str, Any], events: list[dict[str, Any]], styles: list[dict[str, Any]]
    ) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["events"] = events
        self._props["styles"] = styles
