"""The administration: its navigation and the page that was opened, drawn in the browser from the models."""

from typing import Any

from nicegui import ui


class Admin(ui.element, component="admin.js"):
    """`facts` is `Reads.admin`; `schemas` are the models that its forms are made from."""

    def __init__(
        self, *, scope: dict[str, Any], section: str, facts: dict[str, Any], schemas: dict[str, Any]
    ) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["section"] = section
        self._props["facts"] = facts
        self._props["schemas"] = schemas
