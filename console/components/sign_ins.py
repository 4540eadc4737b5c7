"""Where an account is signed in, with a button to end each."""

from typing import Any

from nicegui import ui


class SignIns(ui.element, component="sign_ins.js"):
    """`items` as `GET /api/v1/auth/sign-ins` answers them."""

    def __init__(self, *, items: list[dict[str, Any]], username: str) -> None:
        super().__init__()
        self._props["items"] = items
        self._props["username"] = username
