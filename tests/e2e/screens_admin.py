"""The administration's pages for `make screens`: each section, with what is being changed open."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from tests.app.api.test_setup import _frame
from tests.e2e.screens_camera import Take


def administration(page: Page, take: Take) -> None:
    """What an administrator sees, from the first steps to the audit log."""
    take("admin-guide", "/console/admin", ".guide .steps")
    page.goto("/console/admin#booth")
    page.reload()
    take("admin-guide-booth", shows=".guide .tokens")
    take("admin-events", "/console/admin/events", ".pickrow")
    page.locator(".pickrow").filter(has_text="Photobot").click()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "frame.png"
        path.write_bytes(_frame())
        page.locator(".framing input[type=file]").set_input_files(path)
        page.locator(".framing .btn.main").wait_for()
    take("admin-event", shows=".framing")
    page.locator(".framing").scroll_into_view_if_needed()
    take("admin-frame", shows=".framing .btn.main")
    page.locator(".keep").scroll_into_view_if_needed()
    take("admin-retention", shows=".keep .goes")
    take("admin-import", "/console/admin/events#import", ".importing")
    take("admin-booth", "/console/admin/booths#booth-1", ".tokens li, .tokens .none")
    take("admin-style", "/console/admin/styles#comic", ".trying .stage.ready")
    take("admin-users", "/console/admin/users#new", ".form")
    take("admin-audit", "/console/admin/audit", ".auditlog li")
