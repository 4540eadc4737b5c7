"""One job's page: the first state comes with the page, everything after it from the board."""

from typing import Any

from nicegui import ui


class JobPage(ui.element, component="job_page.js"):
    """`job` as `GET /api/v1/jobs/{id}` answers; `decides`: the reader may decide about a job in trouble."""

    def __init__(
        self, *, scope: dict[str, Any], job: dict[str, Any], styles: list[dict[str, Any]], decides: bool
    ) -> None:
        super().__init__()
        self._props["scope"] = scope
        self._props["styles"] = styles
        self._props["job"] = job
        self._props["decides"] = decides
