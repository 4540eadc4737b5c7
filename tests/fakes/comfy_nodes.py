"""The nodes of the fake ComfyUI: what each takes (as `/object_info` tells it), makes and refuses."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter, ImageOps

Graph = Mapping[str, Any]
Step = tuple[int, int, Image.Image]
"""A step done, of so many, and the picture so far."""

NUMBER = {"INT": int, "FLOAT": float}


@dataclass
class Node:
    """A kind of node; `make` yields its steps and returns its output."""

    takes: Mapping[str, list[Any]]
    gives: tuple[str, ...]
    make: Callable[[dict[str, Any]], Iterator[Step]] | None = None
    stores: str = ""
    optional: Mapping[str, list[Any]] = field(default_factory=dict)

    def info(self, name: str, files: list[str]) -> dict[str, Any]:
        """What the server says of it."""
        takes = {
            key: ([files, *spec[1:]] if spec[0] == "FILES" else spec) for key, spec in self.takes.items()
        }
        return {
            "input": {"required": takes, "optional": dict(self.optional)},
            "input_order": {"required": list(takes), "optional": list(self.optional)},
            "output": list(self.gives),
            "output_is_list": [False] * len(self.gives),
            "output_name": list(self.gives),
            "name": name,
            "display_name": name,
            "description": "",
            "python_module": "nodes",
            "category": "image",
            "output_node": bool(self.stores),
        }


Making = Iterator[Step]


def _invert(given: dict[str, Any]) -> Making:
    given["out"] = ImageOps.invert(given["image"])
    return iter(())


def _blur(given: dict[str, Any]) -> Making:
    given["out"] = given["image"].filter(ImageFilter.GaussianBlur(given["blur_radius"]))
    return iter(())


def _scale(given: dict[str, Any]) -> Making:
    given["out"] = given["image"].resize((given["width"], given["height"]))
    return iter(())


def _keep(name: str) -> Callable[[dict[str, Any]], Making]:
    def make(given: dict[str, Any]) -> Making:
        given["out"] = given.get(name)
        return iter(())

    return make


def _sample(given: dict[str, Any]) -> Making:
    """Step by step towards a picture in a colour that comes from the seed."""
    start = given["latent_image"]
    colours = random.Random(given["seed"])
    tint = Image.new("RGB", start.size, tuple(colours.randrange(256) for _ in range(3)))
    end = Image.blend(ImageOps.invert(start), tint, 0.4)
    for step in range(1, given["steps"] + 1):
        now = Image.blend(start, end, given["denoise"] * step / given["steps"])
        yield step, given["steps"], now
    given["out"] = Image.blend(start, end, given["denoise"])


NODES: dict[str, Node] = {
    "LoadImage": Node({"image": ["FILES", {"image_upload": True}]}, ("IMAGE", "MASK")),
    "ImageInvert": Node({"image": ["IMAGE"]}, ("IMAGE",), _invert),
    "ImageBlur": Node(
        {
            "image": ["IMAGE"],
            "blur_radius": ["INT", {"default": 1, "min": 1, "max": 31, "step": 1}],
            "sigma": ["FLOAT", {"default": 1.0, "min": 0.1, "max": 10.0, "step": 0.1}],
        },
        ("IMAGE",),
        _blur,
    ),
    "ImageScale": Node(
        {
            "image": ["IMAGE"],
            "upscale_method": [["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]],
            "width": ["INT", {"default": 512, "min": 0, "max": 16384, "step": 1}],
            "height": ["INT", {"default": 512, "min": 0, "max": 16384, "step": 1}],
            "crop": [["disabled", "center"]],
        },
        ("IMAGE",),
        _scale,
    ),
    "CheckpointLoaderSimple": Node(
        {"ckpt_name": [["painter.safetensors", "sketcher.safetensors"]]}, ("MODEL", "CLIP", "VAE"), _keep("")
    ),
    "CLIPTextEncode": Node(
        {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]}, ("CONDITIONING",), _keep("")
    ),
    "VAEEncode": Node({"pixels": ["IMAGE"], "vae": ["VAE"]}, ("LATENT",), _keep("pixels")),
    "VAEDecode": Node({"samples": ["LATENT"], "vae": ["VAE"]}, ("IMAGE",), _keep("samples")),
    "KSampler": Node(
        {
            "model": ["MODEL"],
            "seed": ["INT", {"default": 0, "min": 0, "max": 0xFFFFFFFFFFFFFFFF}],
            "steps": ["INT", {"default": 20, "min": 1, "max": 10000}],
            "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0}],
            "sampler_name": [["euler", "dpmpp_2m"]],
            "scheduler": [["normal", "karras"]],
            "positive": ["CONDITIONING"],
            "negative": ["CONDITIONING"],
            "latent_image": ["LATENT"],
            "denoise": ["FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0}],
        },
        ("LATENT",),
        _sample,
    ),
    "SaveImage": Node(
        {"images": ["IMAGE"], "filename_prefix": ["STRING", {"default": "ComfyUI"}]}, (), stores="output"
    ),
    "PreviewImage": Node({"images": ["IMAGE"]}, (), stores="temp"),
}


def is_link(value: object) -> bool:
    """Whether an input is another node's output."""
    return isinstance(value, list) and len(value) == 2


def refusal(graph: Graph, inputs: Path) -> dict[str, Any] | None:
    """The body of the 400 for a graph that cannot run, None for a sound one."""
    for node, body in graph.items():
        if body.get("class_type") not in NODES:
            kind = body.get("class_type")
            return _refused(
                "invalid_prompt", f"Cannot execute because node {kind} does not exist.", f"Node ID '#{node}'"
            )
    outputs = [node for node, body in graph.items() if NODES[body["class_type"]].stores]
    if not outputs:
        return _refused("prompt_no_outputs", "Prompt has no outputs", "")
    errors = {node: found for node in graph if (found := _errors(graph, node, inputs))}
    if not errors:
        return None
    body = _refused("prompt_outputs_failed_validation", "Prompt outputs failed validation", "")
    body["node_errors"] = {
        node: {"errors": found, "dependent_outputs": outputs, "class_type": graph[node]["class_type"]}
        for node, found in errors.items()
    }
    return body


def _refused(kind: str, message: str, details: str) -> dict[str, Any]:
    error = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return {"error": error, "node_errors": {}}


def _errors(graph: Graph, node: str, inputs: Path) -> list[dict[str, Any]]:
    given, kind = graph[node]["inputs"], NODES[graph[node]["class_type"]]
    return [
        {"type": what, "message": message, "details": details, "extra_info": {"input_name": name}}
        for name, spec in kind.takes.items()
        if (found := _error(graph, name, spec, given, inputs)) is not None
        for what, message, details in [found]
    ]


def _error(
    graph: Graph, name: str, spec: list[Any], given: Mapping[str, Any], inputs: Path
) -> tuple[str, str, str] | None:
    if name not in given:
        return "required_input_missing", "Required input is missing", name
    value, options = given[name], spec[1] if len(spec) > 1 else {}
    if is_link(value):
        if value[0] not in graph:
            return (
                "exception_during_inner_validation",
                "Exception when validating inner node",
                f"'{value[0]}'",
            )
        gives = NODES[graph[value[0]]["class_type"]].gives[value[1]]
        wrong = (
            "return_type_mismatch",
            "Return type mismatch between linked nodes",
            f"{name}, {gives}, {spec[0]}",
        )
        return None if gives == spec[0] else wrong
    if spec[0] == "FILES":
        there = (inputs / str(value)).is_file()
        details = f"{name} - Invalid image file: {value}"
        return None if there else ("custom_validation_failed", "Custom validation failed for node", details)
    if isinstance(spec[0], list):
        wrong = ("value_not_in_list", "Value not in list", f"{name}: '{value}' not in {spec[0]}")
        return None if value in spec[0] else wrong
    if spec[0] in NUMBER and NUMBER[spec[0]](value) > options.get("max", float("inf")):
        return "value_bigger_than_max", f"Value {value} bigger than max of {options['max']}", name
    if spec[0] in NUMBER and NUMBER[spec[0]](value) < options.get("min", float("-inf")):
        return "value_smaller_than_min", f"Value {value} smaller than min of {options['min']}", name
    return None
