"""A task of kie.ai from its first question to its picture on disk, with everything that can come between."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from app.adapters.kie import KieProvider
from app.adapters.kie_results import KieResults
from app.domain.errors import AccountFault, Fatal, Snooze, Transient
from tests.contract.kie_stands import asked, provider_of
from tests.contract.provider_contract import ended
from tests.fakes.kie_server import KieServer, Trouble

RECORD, MINT = "/recordInfo", "/download-url"


@pytest.fixture
def hour() -> list[float]:
    """The provider's clock, moved by hand."""
    return [1000.0]


@pytest.fixture
async def kie(kie_ai: KieServer, hour: list[float]) -> AsyncIterator[KieProvider]:
    async with provider_of(kie_ai, now=lambda: hour[0]) as provider:
        yield provider


async def test_percent_and_cost(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    kie_ai.polls_to_end = 6
    task_id = await kie.submit(asked(image))
    seen = []
    while (state := await kie.poll(task_id)).status == "running":
        seen.append(state.percent)
    assert seen == sorted(seen)
    assert 0 < seen[-1] < 100
    assert (state.percent, state.cost) == (100, 4.0)


@pytest.mark.parametrize(
    ("age", "again"), [(0, 2.5), (29, 2.5), (31, 7.5), (119, 7.5), (121, 20.0), (890, 20.0)]
)
async def test_the_older_the_rarer(
    kie_ai: KieServer, kie: KieProvider, hour: list[float], image: Path, age: float, again: float
) -> None:
    kie_ai.stuck = True
    task_id = await kie.submit(asked(image))
    hour[0] += age
    state = await kie.poll(task_id)
    assert (state.status, state.again_seconds) == ("running", again)


async def test_a_worker_that_took_over_knows_the_age_too(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    kie_ai.stuck, kie_ai.older_by = True, 60.0
    task_id = await kie.submit(asked(image))
    async with provider_of(kie_ai) as heir:
        assert (await heir.poll(task_id)).again_seconds == 7.5


async def test_a_stuck_task_ends_after_a_quarter_of_an_hour(
    kie_ai: KieServer, kie: KieProvider, hour: list[float], image: Path
) -> None:
    kie_ai.stuck = True
    task_id = await kie.submit(asked(image))
    hour[0] += 901
    state = await kie.poll(task_id)
    assert (state.status, state.error_code, state.transient) == ("failed", "KIE_STUCK", True)


@pytest.mark.parametrize(
    ("code", "ours", "transient", "once", "account"),
    [
        ("400", "KIE_REFUSED", False, False, False),
        ("422", "KIE_INVALID", False, False, False),
        ("500", "KIE_TROUBLE", True, False, False),
        ("408", "KIE_TROUBLE", True, False, False),
        ("429", "KIE_TROUBLE", True, False, False),
        ("501", "KIE_GENERATION_FAILED", True, True, False),
        ("", "KIE_GENERATION_FAILED", True, True, False),
        ("402", "KIE_CREDITS", False, False, True),
        ("401", "KIE_KEY", False, False, True),
    ],
)
async def test_a_failed_task_comes_with_code_200(
    kie_ai: KieServer, kie: KieProvider, image: Path,
    code: str, ours: str, transient: bool, once: bool, account: bool,
) -> None:  # fmt: skip
    kie_ai.polls_to_end, kie_ai.fails_with = 1, (code, "see https://kie.example.org/x?token=secret")
    task_id = await kie.submit(asked(image))
    with structlog.testing.capture_logs() as logs:
        state = await ended(kie, task_id)
    told = (state.error_code, state.transient, state.once, state.account)
    assert (state.status, *told) == ("failed", ours, transient, once, account)
    assert "secret" not in json.dumps(logs)


@pytest.mark.parametrize("result", ["", "no json", "{}", '{"resultUrls": []}', '{"resultUrls": [7]}', "[]"])
async def test_success_without_a_picture_is_a_failure(
    kie_ai: KieServer, kie: KieProvider, image: Path, result: str
) -> None:
    kie_ai.result_json = result
    state = await ended(kie, await kie.submit(asked(image)))
    assert (state.status, state.error_code, state.once) == ("failed", "KIE_NO_RESULT", True)


@pytest.mark.parametrize(
    "wrong",
    [Trouble("hang"), Trouble("code", 500), Trouble("page", status=502), Trouble("accept", cut=True)],
    ids=str,
)
async def test_a_paid_task_is_not_given_up_while_kie_is_away(
    kie_ai: KieServer, kie: KieProvider, image: Path, wrong: Trouble
) -> None:
    task_id = await kie.submit(asked(image))
    kie_ai.trouble(RECORD, wrong, 2)
    async with provider_of(kie_ai, seconds=0.4) as hasty:
        for _ in range(2):
            with pytest.raises(Snooze):
                await (hasty if wrong.kind == "hang" else kie).poll(task_id)
    assert (await ended(kie, task_id)).status == "done"


async def test_asking_too_often_waits(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    task_id = await kie.submit(asked(image))
    kie_ai.trouble(RECORD, Trouble("code", 429))
    with pytest.raises(Snooze) as caught:
        await kie.poll(task_id)
    assert caught.value.because == "PROVIDER_RATE"


async def test_a_key_that_is_taken_away_meanwhile(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    task_id = await kie.submit(asked(image))
    kie_ai.trouble(RECORD, Trouble("code", 401))
    with pytest.raises(AccountFault):
        await kie.poll(task_id)


async def test_a_task_that_is_not_found_for_a_moment_is_not_paid_again(
    kie_ai: KieServer, kie: KieProvider, hour: list[float], image: Path
) -> None:
    kie_ai.stuck = True
    task_id = await kie.submit(asked(image))
    kie_ai.hidden = 3
    assert (await kie.poll(task_id)).status == "running"
    hour[0] += 59
    assert (await kie.poll(task_id)).status == "running"
    hour[0] += 2
    assert (await kie.poll(task_id)).status == "lost"
    assert (await kie.poll(task_id)).status == "running", "it is there again"
    kie_ai.hidden = 1
    hour[0] += 59
    assert (await kie.poll(task_id)).status == "running"


async def test_an_answer_that_says_nothing_is_no_loss(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    task_id = await kie.submit(asked(image))
    for wrong in (Trouble("empty"), Trouble("code", 200, status=502), Trouble("page", status=404)):
        kie_ai.trouble(RECORD, wrong)
        with pytest.raises(Snooze):
            await kie.poll(task_id)


async def test_a_dead_link_is_minted_anew_once(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path
) -> None:
    kie_ai.links_dead = True
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    with structlog.testing.capture_logs() as logs:
        await kie.fetch(task_id, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == kie_ai.picture
    assert (kie_ai.asked["results"], kie_ai.asked["minted"]) == (1, 1)
    assert "secret" not in json.dumps(logs)
    assert kie_ai.url not in json.dumps(logs)


async def test_a_link_that_stays_dead_is_tried_again_later(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path
) -> None:
    kie_ai.links_dead = kie_ai.mint_dead = True
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    (tmp_path / "out").write_bytes(b"what stood there")
    with pytest.raises(Transient, match="KIE_RESULT_GONE"):
        await kie.fetch(task_id, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"what stood there"
    assert list(tmp_path.glob(".*.part")) == []
    kie_ai.links_dead = False
    await kie.fetch(task_id, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == kie_ai.picture


@pytest.mark.parametrize("result", [b"", b"<html>expired</html>"])
async def test_what_is_no_picture_is_a_dead_link(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path, result: bytes
) -> None:
    kie_ai.result = result
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    with pytest.raises(Transient, match="KIE_RESULT_GONE"):
        await kie.fetch(task_id, tmp_path / "out")
    assert (kie_ai.asked["results"], kie_ai.asked["minted"]) == (1, 1)


async def test_a_broken_picture_is_handed_on_whole(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path
) -> None:
    """Whether a picture can be decoded is looked at by the stage, for every provider alike."""
    kie_ai.result = kie_ai.picture[:2000]
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    await kie.fetch(task_id, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == kie_ai.picture[:2000]


async def test_a_download_that_hangs_ends(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path
) -> None:
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    kie_ai.trouble("/results", Trouble("hang"))
    kie_ai.trouble("/minted", Trouble("hang"))
    async with provider_of(kie_ai, transfer_seconds=0.5) as hasty:
        with pytest.raises(Transient, match="KIE_RESULT_GONE"):
            await hasty.fetch(task_id, tmp_path / "out")


async def test_a_picture_over_the_bound(kie_ai: KieServer, image: Path, tmp_path: Path) -> None:
    async with provider_of(kie_ai, max_result_bytes=1000) as provider:
        task_id = await provider.submit(asked(image))
        await ended(provider, task_id)
        with pytest.raises(Fatal, match="OUTPUT_TOO_LARGE"):
            await provider.fetch(task_id, tmp_path / "out")
        assert list(tmp_path.glob(".*.part")) == []


@pytest.mark.parametrize("link", ["file:///etc/passwd", "ftp://example.org/a.jpg", "not an address", "//x"])
async def test_only_links_of_the_web_are_followed(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path, link: str
) -> None:
    kie_ai.result_json = json.dumps({"resultUrls": [link]})
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    with pytest.raises(Transient, match="KIE_RESULT_GONE"):
        await kie.fetch(task_id, tmp_path / "out")


async def test_a_result_is_not_fetched_without_tls(kie_ai: KieServer, tmp_path: Path) -> None:
    results = KieResults(max_bytes=10**6, seconds=20, connect_seconds=20, plain_http=False)

    async def none(_: str) -> str | None:
        return None

    with pytest.raises(Transient, match="KIE_RESULT_GONE"):
        await results.bring(f"{kie_ai.url}/results/a.jpg", tmp_path / "out", none)
    assert kie_ai.asked["results"] == 0
    await results.close()


async def test_a_worker_that_took_over_fetches_by_the_id_alone(
    kie_ai: KieServer, kie: KieProvider, image: Path, tmp_path: Path
) -> None:
    task_id = await kie.submit(asked(image))
    await ended(kie, task_id)
    async with provider_of(kie_ai) as heir:
        await heir.fetch(task_id, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == kie_ai.picture


async def test_a_task_names_its_submission(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    address = "https://booth.example.org/api/v1/providers/kie/callback"
    kie_ai.callback = "none"
    mine = await kie.submit(asked(image, callback_url=address, submission="01SUB"))
    silent = await kie.submit(asked(image, submission="01SUB"))
    assert kie_ai.tasks[mine].body["callBackUrl"] == f"{address}?submission=01SUB"
    assert await kie.submission_of(mine) == "01SUB"
    assert await kie.submission_of(silent) is None
    assert await kie.submission_of("unknown") is None


async def test_cancel_changes_nothing_over_there(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    task_id = await kie.submit(asked(image))
    before = kie_ai.asked.total()
    await kie.cancel(task_id)
    assert kie_ai.asked.total() == before
