"""`photobot doctor` on what makes styles elsewhere: told when it answers, and how to mend it when not."""

from pathlib import Path

import pytest

from tests.fakes.comfy_thread import comfy_in_a_thread
from tests.fakes.stack import Stack


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
