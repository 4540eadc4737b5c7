"""The line of keys at the foot of the booth's page."""

from nicegui import ui


class KeysBar(ui.element, component="keys_bar.js"):
    """The keys of the way the booth shoots now; `?` shows all of them."""
