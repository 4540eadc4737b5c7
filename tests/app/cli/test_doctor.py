"""`photobot doctor` on makers of styles and on printers: told when they answer, how to mend it when not."""

from pathlib import Path

import pytest

from tests.fakes.comfy_thread import comfy_in_a_thread
from tests.fakes.ipp_server import ipp_printer
from tests.fakes.stack import Stack, first_event


def test_comfy_is_looked_at(stack: Stack, tmp_path: Path) -> None:
    stack.environment["PUBLIC_URL"] = "http://booth.test"
    with comfy_in_a_thread(tmp_path / "comfy") as apart:
        stack.environment["COMFY_API_BASE_URL"] = apart.server.url
        told = stack.command("doctor")
        assert "OK    comfy        answers, 9.0 GB of video memory free, 0 in its queue" in told
        apart.kill()
        wrong = r"WRONG comfy +cannot be used \(COMFY_UNREACHABLE\)\n +-> start ComfyUI, and check COMFY_API"
        with pytest.raises(AssertionError, match=wrong):
            stack.command("doctor")


def test_a_booths_printer_is_looked_at(stack: Stack) -> None:
    stack.environment["PUBLIC_URL"] = "http://booth.test"
    web = stack.web()
    boss = stack.admin()
    with ipp_printer() as paper:
        told = {"name": "Booth", "eventId": first_event(boss), "printer": paper.uri}
        assert boss.put("/booths/booth-1", json=told).is_success
        stack.stop(web)  # its port must be free for a look at an installation that does not run
        assert f"OK    printer {paper.uri} answers, paper 102 x 152 mm" in stack.command("doctor")
        paper.out_of_paper()
        with pytest.raises(AssertionError, match=r"WRONG printer .*cannot print now \(PRINTER_PAPER_OUT\)"):
            stack.command("doctor")
