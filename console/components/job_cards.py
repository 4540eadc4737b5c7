"""The jobs of a booth as cards, live from the board."""

from typing import Any

from nicegui import ui


class JobCards(ui.element, component="job_cards.js"):
    """Shows the jobs of the scope's booth; `styles` name each job's look in the reader's language."""

    def __init__(self, *, scope: dict[str, Any], styles: list[dict[str, Any]]) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["styles"] = styles
