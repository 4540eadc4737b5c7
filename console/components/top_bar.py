"""The console's header, one component on every page: place, pills, language, help, sign out."""

from typing import Any

from nicegui import ui


class TopBar(ui.element, component="top_bar.js"):
    """`scope` is `{event, booth}` of the page's board; without an event there is no connection to show.

    `decides`: the reader may force breakers and pause lanes (the server asks again).
    `rules`: the reader is an administrator.
    """

    def __init__(
        self,
        *,
        page: str,
        scope: dict[str, Any],
        event_name: str,
        booth_name: str,
        username: str,
        decides: bool,
        rules: bool,
        house: bool,
    ) -> None:
        super().__init__()
        self._props["page"] = page
        self._props["scope"] = scope
        self._props["eventName"] = event_name
        self._props["boothName"] = booth_name
        self._props["username"] = username
        self._props["decides"] = decides
        self._props["rules"] = rules
        self._props["house"] = house
