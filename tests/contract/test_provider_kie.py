"""kie.ai keeps the provider's promises; its models take what styles say, and what they leave out."""

from pathlib import Path

import pytest
from PIL import Image

from app.adapters.kie import KieProvider
from app.adapters.kie_models import MODELS
from app.domain.errors import Fatal, Transient
from app.ports import ProviderRequest
from tests.contract.kie_stands import EDIT, asked
from tests.contract.provider_contract import ProviderContract, ended
from tests.fakes.kie_rules import RULES
from tests.fakes.kie_server import KieServer, Trouble

CREATE, RECORD, UPLOAD, CREDIT = "/createTask", "/recordInfo", "/file-stream-upload", "/credit"


class TestKieProvider(ProviderContract):
    @pytest.fixture
    def provider(self, kie: KieProvider) -> KieProvider:
        return kie

    @pytest.fixture
    def style_id(self) -> str:
        return "oil-by-kie"

    @staticmethod
    def request(image: Path, style_id: str, *, seed: int = 7, job_id: str = "job-1") -> ProviderRequest:
        params = EDIT if style_id == "oil-by-kie" else {}
        return asked(image, params, seed=seed, job_id=job_id, style_id=style_id)


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_takes_what_a_style_leaves_out(
    kie_ai: KieServer, kie: KieProvider, image: Path, model: str
) -> None:
    task_id = await kie.submit(asked(image, {"model": model, "prompt": "as a comic"}))
    sent = kie_ai.tasks[task_id]
    assert sent.pictures == [image.read_bytes()]
    assert (await ended(kie, task_id)).status == "done"


def test_every_choice_of_every_model_is_one_that_kie_has() -> None:
    assert MODELS.keys() == RULES.keys()
    for name, model in MODELS.items():
        assert (model.images, model.max_images, model.max_bytes, model.max_prompt) == RULES[name][:4]
        assert {key: set(values) for key, values in model.choices.items()} == RULES[name][4]


@pytest.mark.parametrize(
    ("model", "size", "shape"),
    [
        ("seedream/4.5-edit", (1600, 1067), "3:2"),
        ("seedream/4.5-edit", (1080, 1920), "9:16"),
        ("gpt-image/1.5-image-to-image", (1500, 2000), "2:3"),
        ("gpt-image/1.5-image-to-image", (1000, 1000), "1:1"),
        ("flux-2/pro-image-to-image", (1000, 1000), "auto"),
    ],
)
async def test_the_shape_follows_the_picture(
    kie_ai: KieServer, kie: KieProvider, tmp_path: Path, model: str, size: tuple[int, int], shape: str
) -> None:
    image = tmp_path / "in.jpg"
    Image.new("RGB", size).save(image)
    task_id = await kie.submit(asked(image, {"model": model, "prompt": "x"}))
    assert kie_ai.tasks[task_id].body["input"]["aspect_ratio"] == shape


async def test_a_style_says_its_own(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    extra = f"{kie_ai.url}/results/costume.jpg".replace("http://", "https://")
    params = {"model": "nano-banana-2", "prompt": "x", "aspect_ratio": "8:1", "resolution": "2K"}
    task_id = await kie.submit(asked(image, params))
    given = kie_ai.tasks[task_id].body["input"]
    assert (given["aspect_ratio"], given["resolution"], given["output_format"]) == ("8:1", "2K", "jpg")
    with pytest.raises(Fatal, match="STYLE_INVALID"):
        await kie.submit(asked(image, {**params, "images": [extra] * 14}))


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "STYLE_UNKNOWN"),
        ({"model": "dall-e"}, "STYLE_UNKNOWN"),
        ({"model": "nano-banana-2"}, "STYLE_INVALID"),
        ({**EDIT, "prompt": " "}, "STYLE_INVALID"),
        ({**EDIT, "prompt": "x" * 5001}, "STYLE_INVALID"),
        ({**EDIT, "image_size": "7:3"}, "STYLE_INVALID"),
        ({**EDIT, "image_size": ["1:1"]}, "STYLE_INVALID"),
        ({**EDIT, "quality": "high"}, "STYLE_INVALID"),
        ({**EDIT, "images": ["http://plain.example.org/a.jpg"]}, "STYLE_INVALID"),
        (
            {"model": "gpt-image-2-image-to-image", "prompt": "x", "aspect_ratio": "5:4", "resolution": "2K"},
            "STYLE_INVALID",
        ),
    ],
)
async def test_what_kie_would_refuse_is_never_sent(
    kie_ai: KieServer, kie: KieProvider, image: Path, params: dict[str, object], code: str
) -> None:
    with pytest.raises(Fatal) as caught:
        await kie.submit(asked(image, params))
    assert caught.value.code == code
    assert kie_ai.asked.total() == 0


async def test_a_link_to_our_storage_saves_the_upload(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    kie_ai.uploads["ours.jpg"] = b"\xff\xd8\xff as stored"
    url = f"{kie_ai.url}/uploads/ours.jpg"
    task_id = await kie.submit(asked(image, image_url=url))
    assert kie_ai.tasks[task_id].body["input"]["image_urls"] == [url]
    assert kie_ai.asked["file-stream-upload"] == 0


@pytest.mark.parametrize("shape", ["downloadUrl", "fileUrl"])
async def test_an_upload_is_answered_in_two_shapes(
    kie_ai: KieServer, kie: KieProvider, image: Path, shape: str
) -> None:
    kie_ai.upload_shape = shape  # type: ignore[assignment]  # the two of its type
    first = await kie.submit(asked(image))
    second = await kie.submit(asked(image, job_id="another"))
    names = [kie_ai.tasks[task].body["input"]["image_urls"][0] for task in (first, second)]
    assert len(set(names)) == 2


async def test_upload_troubles_pass_and_cost_nothing(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    for wrong in (Trouble("code", 500), Trouble("page", status=502), Trouble("accept", cut=True)):
        kie_ai.trouble(UPLOAD, wrong)
        with pytest.raises(Transient):
            await kie.submit(asked(image))
    kie_ai.trouble(UPLOAD, Trouble("empty"))
    with pytest.raises(Transient, match="KIE_UPLOAD"):
        await kie.submit(asked(image))
    assert kie_ai.asked["createTask"] == 0


async def test_a_picture_too_large_for_the_model(kie: KieProvider, tmp_path: Path) -> None:
    image = tmp_path / "large.jpg"
    image.write_bytes(b"\xff\xd8\xff" + bytes(10 * 1024 * 1024))
    with pytest.raises(Fatal, match="IMAGE_TOO_LARGE"):
        await kie.submit(asked(image))
