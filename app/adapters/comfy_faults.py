"""What ComfyUI's many failures are in our words, and which of them may pass by themselves.

People are shown the kind of failure and the node's name; tensor text, paths and tracebacks stay behind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.domain.errors import AccountFault, Fatal, StageError, Transient

_OUT_OF_MEMORY = {"torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError"}
_NO_CPU_MEMORY = "DefaultCPUAllocator: can't allocate memory"
# Nodes that call another service fail like this when the network does; nothing is wrong with the workflow.
_PASSING = {
    *("ConnectionError", "ConnectionResetError", "ConnectionRefusedError", "TimeoutError"),
    *(
        "requests.exceptions.ConnectionError",
        "requests.exceptions.Timeout",
        "requests.exceptions.ReadTimeout",
    ),
    *("aiohttp.client_exceptions.ClientConnectorError", "aiohttp.client_exceptions.ServerDisconnectedError"),
}
_REFUSED = {401, 403, 407}
_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/][^\s'\",;:)]+")
_DETAIL = 160
_NAME = 60

UNREACHABLE = ("COMFY_UNREACHABLE", "ComfyUI does not answer.")
SLOW = ("COMFY_SLOW", "ComfyUI takes too long to answer.")
SERVER_ERROR = ("COMFY_ERROR", "ComfyUI failed inside.")
LOST = ("COMFY_LOST", "ComfyUI no longer knows this picture (was it restarted?).")


@dataclass(frozen=True)
class Failure:
    """Why a run failed; `memory`: the machine had too little of it; `detail` is for the log."""

    code: str
    message: str
    transient: bool = False
    memory: bool = False
    detail: str = ""


def shortened(text: object) -> str:
    """Some of an error's first line for the log: without paths, never what was being computed."""
    first = str(text).strip().split("\n", 1)[0]
    return _PATH.sub("…", first)[:_DETAIL]


def of_call(error: httpx.HTTPError) -> StageError:
    """A call that got no answer, and whose repetition does no harm."""
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return Transient(*SLOW)
    return Transient(*UNREACHABLE)


def of_answer(status: int) -> StageError:
    """An answer that is no success, on any route."""
    if status in _REFUSED:
        return AccountFault("COMFY_REFUSED", "ComfyUI, or what stands before it, refuses photobot.")
    if status in (404, 405) or 300 <= status < 400:
        return AccountFault("COMFY_NOT_THERE", "What answers at COMFY_API_BASE_URL is no ComfyUI.")
    if status == 413:
        return Fatal("COMFY_UPLOAD_REFUSED", "The picture is larger than ComfyUI takes.")
    if status >= 500 or status in (408, 425, 429):
        return Transient(*SERVER_ERROR)
    return Fatal("COMFY_REQUEST_REFUSED", "ComfyUI refused the request.")


def of_refusal(body: Mapping[str, Any], image_node: str) -> StageError:
    """A workflow that was refused (400): the fault of its file, unless only our upload has gone missing."""
    for node, told in _dict(body.get("node_errors")).items():
        kind = _name(_dict(told).get("class_type"))
        for error in _dict(told).get("errors") or []:
            what = str(_dict(error).get("type"))
            if node == image_node and what == "custom_validation_failed":
                return Transient("COMFY_INPUT_GONE", "ComfyUI no longer has the picture it was sent.")
            said = _KINDS.get(what, "is refused")
            where = _name(_dict(_dict(error).get("extra_info")).get("input_name"))
            which = f", input “{where}”," if where else ""
            message = f"ComfyUI refused the workflow: node {_name(node)} “{kind}”{which} {said}."
            return Fatal("WORKFLOW_REFUSED", message)
    what = str(_dict(body.get("error")).get("type"))
    return Fatal("WORKFLOW_REFUSED", f"ComfyUI refused the workflow: {_WHOLE.get(what, 'it cannot be run')}.")


_WHOLE: Mapping[str, str] = {
    "invalid_prompt": "it uses a node that this server does not have",
    "missing_node_type": "it uses a node that this server does not have",
    "prompt_no_outputs": "it stores no picture",
    "no_prompt": "it is empty",
}
_KINDS: Mapping[str, str] = {
    "value_bigger_than_max": "has a value above the largest allowed",
    "value_smaller_than_min": "has a value below the smallest allowed",
    "value_not_in_list": "names something this server does not have",
    "required_input_missing": "is missing",
    "invalid_input_type": "has a value of the wrong kind",
    "return_type_mismatch": "is connected to something of another kind",
    "bad_linked_input": "is connected wrongly",
    "exception_during_inner_validation": "is connected to a node that is not there",
    "custom_validation_failed": "has a value this server does not accept",
}


def of_run(data: Mapping[str, Any]) -> Failure:
    """An `execution_error`: memory may come free and a network back; all else is fatal."""
    kind, said = str(data.get("exception_type")), str(data.get("exception_message"))
    node = _name(data.get("node_type"))
    if kind in _OUT_OF_MEMORY or _NO_CPU_MEMORY in said:
        return Failure("COMFY_OUT_OF_MEMORY", "ComfyUI ran out of memory.", True, True, shortened(said))
    if kind in _PASSING:
        return Failure("COMFY_NODE_OFFLINE", f"The node “{node}” did not reach its service.", True)
    if kind == "PIL.UnidentifiedImageError":
        return Failure("COMFY_IMAGE_UNREADABLE", "ComfyUI could not read the picture.")
    message = f"ComfyUI failed in the node “{node}” ({_name(kind)})."
    return Failure("COMFY_NODE_FAILED", message, detail=shortened(said))


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str:
    """A name from its server, fit to be shown."""
    text = "" if value is None else str(value)
    return "".join(char for char in text if char.isprintable())[:_NAME]
