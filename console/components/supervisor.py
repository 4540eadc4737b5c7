"""The supervisor's page: alerts, a tile per booth, the evening's numbers; also as a wall screen."""

from typing import Any

from nicegui import ui


class Supervisor(ui.element, component="supervisor.js"):
    """`booths` are `{id, name, eventId, eventName}`; `house`: may decide what is every event's.

    `wall`: big type, nothing to press.
    """

    def __init__(
        self, *, scope: dict[str, Any], booths: list[dict[str, Any]], house: bool, wall: bool
    ) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["booths"] = booths
        self._props["house"] = house
        self._props["wall"] = wall
