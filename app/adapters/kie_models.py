"""kie.ai's market models as a table: what each calls its pictures and its shape, and what it takes.

A style's params name the `model` and the `prompt`; all else in them goes by kie's own names (`quality`,
`resolution`, …). What a style leaves out is chosen here: the shape after the picture's, JPEG where there is
a choice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import Fatal, Invalid
from app.domain.workflow import PARAM

_MB = 1024 * 1024
_WIDE = ("1:1", "9:16", "16:9", "3:4", "4:3", "3:2", "2:3", "5:4", "4:5", "21:9", "auto")
_SEEDREAM = ("1:1", "4:3", "3:4", "16:9", "9:16", "2:3", "3:2", "21:9")
_AUTO = "auto"
# Words that `params` may hold beside those of the table; they are ours and do not travel.
_OURS = frozenset({"model", "prompt", "images", PARAM})
# A style is checked before there is a picture; what it leaves out fits any.
_ANY_SIZE = (3, 2)


@dataclass(frozen=True)
class Model:
    """One model: its name for the list of pictures, for the shape, and the values it takes by field.

    `required` fields get the first value of their list when a style does not say.
    """

    images: str
    max_images: int
    max_bytes: int
    max_prompt: int
    shape: str
    choices: Mapping[str, tuple[str, ...]]
    required: frozenset[str] = frozenset()
    jpeg: str | None = None
    """What this model calls JPEG, where the format can be chosen."""
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Shapes that come in some resolutions only."""


def _flux(kind: str) -> tuple[str, Model]:
    return f"flux-2/{kind}-image-to-image", Model(
        "input_urls", 8, 10 * _MB, 5000, "aspect_ratio",
        {"aspect_ratio": (*_SEEDREAM[:-1], _AUTO), "resolution": ("1K", "2K")},
        frozenset({"aspect_ratio", "resolution"}),
    )  # fmt: skip


MODELS: Mapping[str, Model] = {
    "google/nano-banana-edit": Model(
        "image_urls", 10, 10 * _MB, 5000, "image_size",
        {"image_size": _WIDE, "output_format": ("png", "jpeg")}, jpeg="jpeg",
    ),
    "nano-banana-pro": Model(
        "image_input", 8, 30 * _MB, 10_000, "aspect_ratio",
        {"aspect_ratio": _WIDE, "resolution": ("1K", "2K", "4K"), "output_format": ("png", "jpg")},
        jpeg="jpg",
    ),
    "nano-banana-2": Model(
        "image_input", 14, 30 * _MB, 20_000, "aspect_ratio",
        {
            "aspect_ratio": (*_WIDE, "1:4", "4:1", "1:8", "8:1"),
            "resolution": ("1K", "2K", "4K"),
            "output_format": ("jpg", "png"),
        },
        jpeg="jpg",
    ),
    "seedream/4.5-edit": Model(
        "image_urls", 14, 10 * _MB, 3000, "aspect_ratio",
        {"aspect_ratio": _SEEDREAM, "quality": ("basic", "high")}, frozenset({"aspect_ratio", "quality"}),
    ),
    "gpt-image/1.5-image-to-image": Model(
        "input_urls", 16, 10 * _MB, 5000, "aspect_ratio",
        {"aspect_ratio": ("1:1", "2:3", "3:2"), "quality": ("medium", "high")},
        frozenset({"aspect_ratio", "quality"}),
    ),
    "gpt-image-2-image-to-image": Model(
        "input_urls", 16, 10 * _MB, 5000, "aspect_ratio",
        {
            "aspect_ratio": ("auto", "1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "5:4", "4:5"),
            "resolution": ("1K", "2K", "4K"),
        },
        limits={"auto": ("1K",), "5:4": ("1K",), "4:5": ("1K",), "1:1": ("1K", "2K")},
    ),
    **dict(_flux(kind) for kind in ("pro", "flex")),
}  # fmt: skip


def check(params: Mapping[str, object]) -> None:
    """Refuse what this style's model would: before a guest waits for it. Raises Invalid, in words."""
    name = params.get("model")
    model = MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        known = ", ".join(MODELS)
        raise Invalid(
            "STYLE_MODEL_UNKNOWN", f"A style of kie.ai names one of these models: {known}.",
            field="params.model", allowed=known,
        )  # fmt: skip
    for given in params:
        if given not in _OURS and given not in model.choices:
            known = ", ".join(("prompt", "images", *model.choices))
            raise Invalid(
                "STYLE_PARAM_UNKNOWN", f"“{name}” has no parameter “{given}”; it takes {known}.",
                field=f"params.{given}", param=given, model=name, allowed=known,
            )  # fmt: skip
    try:
        input_of(params, _ANY_SIZE)
    except _Wrong as wrong:
        raise Invalid(
            f"STYLE_{wrong.kind}_INVALID", wrong.told, field=f"params.{wrong.name}", param=wrong.name,
            allowed=wrong.allowed,
        ) from None  # fmt: skip


def model_of(params: Mapping[str, object]) -> Model:
    """The model a style names. Raises Fatal `STYLE_UNKNOWN`."""
    model = MODELS.get(str(params.get("model", "")))
    if model is None:
        raise Fatal("STYLE_UNKNOWN", "This style names no model of kie.ai that photobot knows.")
    return model


def input_of(params: Mapping[str, object], size: tuple[int, int]) -> dict[str, Any]:
    """The `input` of a task for a picture of this size, checked by the table; `with_picture` completes it.

    Raises Fatal `STYLE_UNKNOWN` or `STYLE_INVALID`: what kie would refuse is told before anything is sent.
    """
    model = model_of(params)
    given = {name: value for name, value in params.items() if name not in _OURS}
    for name, value in given.items():
        if value not in model.choices.get(name, ()):
            raise _wrong(name, model.choices.get(name, ()))
    made: dict[str, Any] = {"prompt": _prompt(params, model), model.images: _more(params, model), **given}
    made.setdefault(model.shape, _shape(model, size, given.get("resolution")))
    if not _fits(model, made[model.shape], given.get("resolution")):
        raise _wrong("resolution", model.limits[made[model.shape]])
    if model.jpeg is not None:
        made.setdefault("output_format", model.jpeg)
    for name in sorted(model.required - made.keys()):
        made[name] = model.choices[name][0]
    return made


def with_picture(params: Mapping[str, object], made: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The input with the guest's picture before all others."""
    images = model_of(params).images
    return {**made, images: [url, *made[images]]}


def _prompt(params: Mapping[str, object], model: Model) -> str:
    prompt = params.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip() or len(prompt) > model.max_prompt:
        told = f"The prompt is a text of 1 to {model.max_prompt} characters."
        raise _Wrong("prompt", told, "PROMPT", str(model.max_prompt))
    return prompt


def _more(params: Mapping[str, object], model: Model) -> list[str]:
    """Links to pictures that go along with the guest's: a costume, a background."""
    more = params.get("images", [])
    links = isinstance(more, list) and all(
        isinstance(url, str) and url.startswith("https://") for url in more
    )
    if not isinstance(more, list) or not links or len(more) >= model.max_images:
        most = str(model.max_images - 1)
        told = f"Beside the guest's picture this model takes up to {most} more, as https:// links in a list."
        raise _Wrong("images", told, "IMAGES", most)
    return more


def _fits(model: Model, shape: str, resolution: object) -> bool:
    """Whether a shape comes in a resolution; without one it is the model's own choice."""
    return resolution is None or shape not in model.limits or resolution in model.limits[shape]


def _shape(model: Model, size: tuple[int, int], resolution: object) -> str:
    """`auto` where the model keeps the picture's own shape, else the nearest that it has."""
    shapes = [shape for shape in model.choices[model.shape] if _fits(model, shape, resolution)]
    if _AUTO in shapes:
        return _AUTO
    wanted = size[0] / size[1]
    return min(shapes, key=lambda shape: abs(_ratio(shape) / wanted - wanted / _ratio(shape)))


def _ratio(shape: str) -> float:
    width, _, height = shape.partition(":")
    return int(width) / int(height)


class _Wrong(Fatal):
    """A parameter that the model does not take: which, why in words, and what it takes."""

    def __init__(self, name: str, told: str, kind: str, allowed: str) -> None:
        super().__init__("STYLE_INVALID", f"kie.ai's model does not take this style's “{name}”.")
        self.name, self.told, self.kind, self.allowed = name, told, kind, allowed


def _wrong(name: str, choices: Iterable[str]) -> _Wrong:
    allowed = ", ".join(choices)
    return _Wrong(name, f"“{name}” is one of these here: {allowed}.", "PARAM", allowed)
