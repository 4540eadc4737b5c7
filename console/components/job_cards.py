"""The jobs of a booth as cards, live from the board."""

from typing import Any

from nicegui import ui


class JobCards(ui.element, component="job_cards.js"):
    """Shows the jobs of the scope's booth."""

    def __init__(self, *, scope: dict[str, Any]) -> None:
        super().__init__()
        self._props["scope"] = scope
