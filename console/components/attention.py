"""What needs a person, as a list beside its decisions; live from the board."""

from typing import Any

from nicegui import ui


class AttentionList(ui.element, component="attention.js"):
    """`needed` is what the server knew when the page was made, also what is too old for the board."""

    def __init__(
        self,
        *,
        scope: dict[str, Any],
        needed: dict[str, Any],
        events: list[dict[str, Any]],
        styles: list[dict[str, Any]],
    ) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["needed"] = needed
        self._props["events"] = events
        self._props["styles"] = styles
