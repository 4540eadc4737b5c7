"""What kie.ai's pages say a request must hold, written down a second time for the fake server."""

from collections.abc import Mapping
from typing import Any

RATIOS = {"1:1", "9:16", "16:9", "3:4", "4:3", "3:2", "2:3", "5:4", "4:5", "21:9", "auto"}
EIGHT = {"1:1", "4:3", "3:4", "16:9", "9:16", "2:3", "3:2", "21:9"}
SEVEN_AUTO = (EIGHT - {"21:9"}) | {"auto"}
MB = 1024 * 1024

# model: field of the pictures, how many, bytes each, longest prompt, enums, required, credits of a task
RULES: Mapping[str, tuple[str, int, int, int, dict[str, set[str]], set[str], float]] = {
    "google/nano-banana-edit": (
        "image_urls", 10, 10 * MB, 5000, {"image_size": RATIOS, "output_format": {"png", "jpeg"}}, set(), 4,
    ),
    "nano-banana-pro": (
        "image_input", 8, 30 * MB, 10000,
        {"aspect_ratio": RATIOS, "resolution": {"1K", "2K", "4K"}, "output_format": {"png", "jpg"}},
        set(), 18,
    ),
    "nano-banana-2": (
        "image_input", 14, 30 * MB, 20000,
        {
            "aspect_ratio": RATIOS | {"1:4", "4:1", "1:8", "8:1"},
            "resolution": {"1K", "2K", "4K"},
            "output_format": {"png", "jpg"},
        },
        set(), 8,
    ),
    "seedream/4.5-edit": (
        "image_urls", 14, 10 * MB, 3000, {"aspect_ratio": EIGHT, "quality": {"basic", "high"}},
        {"aspect_ratio", "quality"}, 5,
    ),
    "flux-2/pro-image-to-image": (
        "input_urls", 8, 10 * MB, 5000, {"aspect_ratio": SEVEN_AUTO, "resolution": {"1K", "2K"}},
        {"aspect_ratio", "resolution"}, 5,
    ),
    "flux-2/flex-image-to-image": (
        "input_urls", 8, 10 * MB, 5000, {"aspect_ratio": SEVEN_AUTO, "resolution": {"1K", "2K"}},
        {"aspect_ratio", "resolution"}, 14,
    ),
    "gpt-image/1.5-image-to-image": (
        "input_urls", 16, 10 * MB, 5000,
        {"aspect_ratio": {"1:1", "2:3", "3:2"}, "quality": {"medium", "high"}},
        {"aspect_ratio", "quality"}, 6,
    ),
    "gpt-image-2-image-to-image": (
        "input_urls", 16, 10 * MB, 5000,
        {"aspect_ratio": RATIOS - {"21:9"}, "resolution": {"1K", "2K", "4K"}}, set(), 6,
    ),
}  # fmt: skip


def fault_of(body: Any) -> str | None:
    """What is wrong with the body of a createTask, None when it is right."""
    if not isinstance(body, dict) or body.keys() - {"model", "callBackUrl", "input"}:
        return "the body holds model, callBackUrl and input"
    if body.get("model") not in RULES:
        return "the model is not known"
    callback = body.get("callBackUrl")
    if callback is not None and not (isinstance(callback, str) and callback.startswith("http")):
        return "callBackUrl is no address"
    images, most, _, longest, enums, required, _ = RULES[body["model"]]
    given = body.get("input")
    if not isinstance(given, dict) or given.keys() - {"prompt", images, *enums}:
        return f"input holds a field that {body['model']} does not know"
    if missing := {"prompt", images, *required} - given.keys():
        return f"{sorted(missing)[0]} is required"
    if not isinstance(given["prompt"], str) or not 1 <= len(given["prompt"]) <= longest:
        return "prompt is empty or too long"
    urls = given[images]
    if not isinstance(urls, list) or not 1 <= len(urls) <= most:
        return f"{images} has 1 to {most} addresses"
    for name, allowed in enums.items():
        if name in given and given[name] not in allowed:
            return f"{name} is not within the range of allowed options"
    return None


def pictures_of(body: Mapping[str, Any]) -> tuple[list[str], int]:
    """The addresses of a task's pictures, and how large each may be."""
    images, _, largest, *_ = RULES[body["model"]]
    return body["input"][images], largest


def credits_of(body: Mapping[str, Any]) -> float:
    """What a task costs."""
    return RULES[body["model"]][-1]
