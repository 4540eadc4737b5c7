"""What an entry of ComfyUI's history says of a run: its picture, or why there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.adapters.comfy_faults import Failure, of_run

MARK = "photobot"
"""Under this name our own words travel in `extra_data`, which the history keeps and no picture shows."""

CANCELLED = Failure("CANCELLED", "Stopped on request.")
_INTERRUPTED = Failure("COMFY_INTERRUPTED", "Somebody stopped this picture in ComfyUI.", transient=True)
_NO_PICTURE = Failure("COMFY_NO_OUTPUT", "The workflow ended without a picture.")
_UNEXPLAINED = Failure("COMFY_NODE_FAILED", "ComfyUI failed and did not say why.")


def mark_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Our own words about a run."""
    prompt = entry.get("prompt")
    extra = prompt[3] if isinstance(prompt, list) and len(prompt) > 3 else None
    mark = extra.get(MARK) if isinstance(extra, dict) else None
    return mark if isinstance(mark, dict) else {}


def picture_of(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Where the result lies: of the node we marked, else the last one that was stored for good."""
    outputs = entry.get("outputs")
    stored = {
        node: _images(output) for node, output in (outputs if isinstance(outputs, dict) else {}).items()
    }
    marked = mark_of(entry).get("output")
    if marked is not None:
        return next(iter(stored.get(str(marked), ())), None)
    images = [image for images in stored.values() for image in images]
    kept = [image for image in images if image.get("type") == "output"] or images
    return kept[-1] if kept else None


def failure_of(entry: Mapping[str, Any]) -> Failure | None:
    """Why a run failed, None for one that made its picture.

    An interrupted run says `error` as well: only its messages tell that somebody stopped it.
    """
    status = entry.get("status")
    told = status if isinstance(status, dict) else {}
    for message in told.get("messages") or ():
        event, data = message if isinstance(message, list) and len(message) == 2 else ("", None)
        if event == "execution_interrupted":
            return _INTERRUPTED
        if event == "execution_error":
            return of_run(data if isinstance(data, dict) else {})
    if told.get("status_str") == "error":
        return _UNEXPLAINED
    return None if picture_of(entry) is not None else _NO_PICTURE


def _images(output: object) -> Sequence[Mapping[str, Any]]:
    images = output.get("images") if isinstance(output, dict) else None
    return [one for one in (images or ()) if isinstance(one, dict) and one.get("filename")]
