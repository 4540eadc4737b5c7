"""Workflow files: what is wrong with one is said in words, what is right is filled in where it belongs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.workflow import SEED_MAX, Workflow
from app.domain.workflow_check import checked
from app.domain.workflow_file import MAX_NODES, read
from tests.contract.comfy_rig import workflow_file
from tests.fakes.comfy_nodes import NODES

SIGNATURES = {kind: node.info(kind, ["example.png"]) for kind, node in NODES.items()}
PAINTING = workflow_file("painting")


def painting(
    inputs: object = None, output: object = "9", drop: str = "", **nodes: Mapping[str, Any]
) -> dict[str, Any]:
    """The example with changed inputs of nodes `n<number>`; None takes one away."""
    graph = json.loads(json.dumps(PAINTING["workflow"]))
    for node, changes in nodes.items():
        body = graph.setdefault(node[1:], {"class_type": changes.get("class_type"), "inputs": {}})
        body["inputs"].update(changes.get("inputs", changes))
        body["inputs"] = {name: value for name, value in body["inputs"].items() if value is not None}
    graph.pop(drop, None)
    return {"workflow": graph, "inputs": PAINTING["inputs"] if inputs is None else inputs, "output": output}


def ready(document: Mapping[str, Any], **params: object) -> Workflow:
    return checked(read(document), SIGNATURES, params)


def complaints(document: Mapping[str, Any], **params: object) -> list[Mapping[str, Any]]:
    with pytest.raises(Invalid) as caught:
        ready(document, **params)
    assert caught.value.code == "WORKFLOW_INVALID"
    problems: list[Mapping[str, Any]] = list(caught.value.extra["problems"])  # type: ignore[call-overload]
    assert caught.value.message.startswith(str(problems[0]["message"]))
    assert all(problem["message"].endswith((".", ")")) for problem in problems)
    return problems


SAVE = {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "b"}}


@pytest.mark.parametrize(
    ("document", "code", "words"),
    [
        ({}, "EMPTY", "no nodes"),
        ({"nodes": [], "links": []}, "EDITOR_FORMAT", "Export (API)"),
        ({"1": 5}, "NOT_A_NODE", "“1” is no node"),
        ({"1": {"class_type": "LoadImage"}}, "NOT_A_NODE", "“1” is no node"),
        ({str(n): SAVE for n in range(MAX_NODES + 1)}, "TOO_MANY_NODES", "more than 500"),
        ({"1": {"class_type": "X", "inputs": {"a": float("nan")}}}, "NOT_A_WORKFLOW", "numbers"),
        (painting(drop="5"), "LINK_TO_NOWHERE", "“latent_image” is connected to node 5, and there is no"),
        (painting(inputs=[]), "INPUTS_UNREADABLE", "must map names"),
        (painting(inputs={"Prompt!": "6.text"}), "INPUT_NAME", "use a-z"),
        (painting(inputs={"prompt": 6}), "INPUT_PLACE", "must name places"),
        (painting(inputs={"prompt": []}), "INPUT_PLACE", "must name places"),
        (painting(inputs={"prompt": "66.text"}), "INPUT_PLACE", "there is no such node"),
        (painting(inputs={"prompt": "6"}), "INPUT_PLACE", "there is no such node"),
        (painting(inputs={"prompt": "6.words"}), "INPUT_UNKNOWN", "“Prompt” (node 6) has no input “words”"),
        (painting(output="99"), "OUTPUT_UNKNOWN", "names node 99"),
        (painting(output="3"), "OUTPUT_STORES_NOTHING", "“Sampler” (node 3) stores no picture"),
        (painting(output=None, drop="9"), "NO_OUTPUT", "it needs a node such as SaveImage"),
        (painting(output=None, n10=SAVE), "OUTPUT_UNCLEAR", "(9, 10)"),
        (painting(n10={"class_type": "Magic", "inputs": {}}), "NODE_UNKNOWN", "no node “Magic”"),
        (painting(n5={"pixels": ["8", 0]}), "CIRCLE", "go in a circle"),
        (painting(n5={"vae": None}), "INPUT_MISSING", "“Encode” (node 5): the input “vae” is missing"),
        (painting(n8={"samples": ["1", 0]}), "LINK_WRONG", "needs LATENT and is connected to IMAGE"),
        (painting(n8={"samples": ["3", 4]}), "LINK_WRONG", "an output that “Sampler” (node 3) does not have"),
        (painting(n8={"samples": "text"}), "NOT_CONNECTED", "must be connected to a node that gives LATENT"),
        (painting(n3={"steps": "many"}), "VALUE_NO_NUMBER", "is “many”, which is no number"),
        (painting(n3={"steps": 0}), "VALUE_TOO_SMALL", "the smallest allowed is 1"),
        (painting(n3={"denoise": 1.5}), "VALUE_TOO_LARGE", "is 1.5, the largest allowed is 1.0"),
        (painting(n3={"sampler_name": "mine"}), "VALUE_UNKNOWN", "it has: euler, dpmpp_2m"),
    ],
)  # fmt: skip
def test_each_fault_is_said_in_words(document: Mapping[str, Any], code: str, words: str) -> None:
    problem = complaints(document)[0]
    assert problem["code"] == code
    assert words in problem["message"]


def test_the_guests_picture_must_go_somewhere_and_matter() -> None:
    second = {"class_type": "LoadImage", "inputs": {"image": "a.png"}}
    scaled = {
        "class_type": "ImageScale",
        "inputs": {"image": ["10", 0], "upscale_method": "area", "width": 1, "height": 1, "crop": "center"},
    }
    unused = painting(inputs={"image": "10.image"}, n10=second)
    assert complaints(unused)[0]["code"] == "PICTURE_UNUSED"
    two = painting(inputs={}, n10=second, n11=scaled, n5={"pixels": ["11", 0]})
    assert ready(two).inputs["image"] == ("10.image",)
    without = painting(inputs={}, n5={"pixels": None})
    assert [problem["code"] for problem in complaints(without)] == ["INPUT_MISSING", "NO_PICTURE"]


def test_all_faults_are_told_at_once() -> None:
    found = complaints(painting(n3={"steps": 0, "denoise": 3, "scheduler": "?"}))
    assert [problem["code"] for problem in found] == ["VALUE_TOO_SMALL", "VALUE_UNKNOWN", "VALUE_TOO_LARGE"]
    assert {problem["node"] for problem in found} == {"3"}


def test_the_styles_values_are_checked_in_their_places() -> None:
    assert ready(painting(), strength=0.2, unrelated={"model": "kie"})
    assert complaints(painting(), strength=2)[0]["input"] == "denoise"


def test_newer_lists_and_wild_cards() -> None:
    newer = {**SIGNATURES, "KSampler": json.loads(json.dumps(SIGNATURES["KSampler"]))}
    takes = newer["KSampler"]["input"]["required"]
    takes["sampler_name"] = ["COMBO", {"options": ["euler"]}]
    takes["latent_image"] = ["*"]
    draft = read(painting(n3={"latent_image": ["1", 0]}))
    assert checked(draft, newer, {}).output == "9"
    with pytest.raises(Invalid):
        checked(read(painting(n3={"sampler_name": "dpmpp_2m"})), newer, {})


def test_filled_touches_what_is_named_and_nothing_else() -> None:
    workflow = ready(painting(n10=SAVE))
    filled = workflow.filled(image="up.jpg", seed=-5, prefix="p", params={"prompt": "king", "model": "kie"})
    assert filled["1"]["inputs"]["image"] == "up.jpg"
    assert filled["6"]["inputs"]["text"] == "king"
    assert filled["3"]["inputs"]["seed"] == 5
    assert filled["3"]["inputs"]["denoise"] == 0.6  # the file's own: the style has no strength
    assert (filled["9"]["inputs"]["filename_prefix"], filled["10"]["inputs"]["filename_prefix"]) == (
        "p",
        "p-10",
    )
    assert not any("_meta" in body for body in filled.values())
    assert workflow.graph["6"]["inputs"]["text"] == "a portrait"
    with pytest.raises(Invalid):
        workflow.filled(image="a", seed=1, prefix="p", params={"prompt": ["4", 1]})


def test_seeds_fit_their_node() -> None:
    small = {**SIGNATURES, "KSampler": json.loads(json.dumps(SIGNATURES["KSampler"]))}
    small["KSampler"]["input"]["required"]["seed"][1]["max"] = 1000
    assert ready(painting()).seed_max == SEED_MAX
    workflow = checked(read(painting()), small, {})
    filled = workflow.filled(image="a", seed=2**40 + 17, prefix="p", params={})
    assert 0 <= filled["3"]["inputs"]["seed"] <= 1000


def test_a_sampler_weighs_its_steps() -> None:
    weights = ready(painting()).weights()
    assert weights["3"] == 9
    assert sum(weights.values()) == 16


def test_stored_bytes_are_the_same_and_come_back() -> None:
    workflow = ready(painting())
    assert ready(painting()).dump() == workflow.dump()
    assert Workflow.load(workflow.dump()) == workflow
    for broken in (b"", b"[]", b"{}", workflow.dump().replace(b'"output":"9"', b'"output":"99"')):
        with pytest.raises(Invalid) as caught:
            Workflow.load(broken)
        assert caught.value.code == "WORKFLOW_BROKEN"


words = st.sampled_from(["", "1", "9", "1.image", "image", "class_type", "inputs", "é\0"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
nodes = st.fixed_dictionaries(
    {
        "class_type": st.sampled_from(sorted(NODES)) | values,
        "inputs": st.dictionaries(words, values, max_size=3),
    }
)


@given(
    st.dictionaries(st.sampled_from(["workflow", "inputs", "output", "1", "nodes"]), values, max_size=4)
    | st.dictionaries(st.sampled_from(["1", "2", "9"]), nodes | values, min_size=1, max_size=3)
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_handed_in_ends_in_words(document: dict[str, Any]) -> None:
    complaints(document)
