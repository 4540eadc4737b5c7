"""Creating a task at kie.ai: what each refusal, silence and loss means, so that nothing is paid twice."""

import asyncio
from pathlib import Path

import pytest

from app.adapters import kie as adapter
from app.adapters.kie import KieProvider
from app.domain.errors import AccountFault, Fatal, LeaseLost, OutcomeUnknown, Snooze, StageError, Transient
from tests.contract.kie_stands import asked, provider_of
from tests.fakes.kie_server import KieServer, Trouble, kie_server
from tests.fakes.stack import wait_for

CREATE, RECORD, UPLOAD, CREDIT = "/createTask", "/recordInfo", "/file-stream-upload", "/credit"


CODES = [
    (400, Fatal, "KIE_REFUSED"),
    (401, AccountFault, "KIE_KEY"),
    (402, AccountFault, "KIE_CREDITS"),
    (403, AccountFault, "KIE_FORBIDDEN"),
    (404, Fatal, "KIE_NOT_FOUND"),
    (408, Transient, "KIE_TROUBLE"),
    (418, Fatal, "KIE_REFUSED"),
    (422, Fatal, "KIE_INVALID"),
    (433, Transient, "KIE_TROUBLE"),
    (455, Transient, "KIE_TROUBLE"),
    (500, Transient, "KIE_TROUBLE"),
    (501, Transient, "KIE_TROUBLE"),
    (505, AccountFault, "KIE_FEATURE_OFF"),
]


@pytest.mark.parametrize(("code", "kind", "ours"), CODES)
async def test_a_refusal_by_its_code(
    kie_ai: KieServer, kie: KieProvider, image: Path, code: int, kind: type, ours: str
) -> None:
    """Inside HTTP 200 or with its own status, in either name of the message: all the same."""
    for status in (200, code):
        for kie_ai.message_name in ("msg", "message"):
            kie_ai.trouble(CREATE, Trouble("code", code, status=status))
            with pytest.raises(StageError) as caught:
                await kie.submit(asked(image))
            assert type(caught.value) is kind
            assert getattr(caught.value, "code", None) == ours
    assert kie_ai.tasks == {}


async def test_who_has_the_job_no_more_creates_nothing(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    """A worker that was frozen in the upload once woke and paid for what another had asked for by then."""

    async def lost() -> None:
        assert len(kie_ai.uploads) == 1  # asked last of all
        raise LeaseLost("01JOB")

    with pytest.raises(LeaseLost):
        await kie.submit(asked(image, still=lost))
    assert kie_ai.tasks == {}


async def test_a_dropped_call_waits_a_whole_window(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    for wrong in (Trouble("code", 429), Trouble("code", 429, status=429), Trouble("page", status=429)):
        kie_ai.trouble(CREATE, wrong)
        with pytest.raises(Snooze) as caught:
            await kie.submit(asked(image))
        assert caught.value.seconds >= 10
        assert caught.value.because == "PROVIDER_RATE"


async def test_the_twenty_first_create_is_not_even_sent(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    for _ in range(20):
        await kie.submit(asked(image))
    for _ in range(3):
        with pytest.raises(Snooze) as caught:
            await kie.submit(asked(image))
        assert 0 < caught.value.seconds <= 12
        assert caught.value.because == "PROVIDER_RATE"
    assert (kie_ai.asked["createTask"], kie_ai.dropped) == (20, 0)
    assert kie_ai.asked["file-stream-upload"] == 1, "a picture that waits is uploaded once"


async def test_after_a_refusal_the_picture_is_uploaded_anew(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    kie_ai.trouble(CREATE, Trouble("code", 500))
    with pytest.raises(Transient):
        await kie.submit(asked(image))
    await kie.submit(asked(image))
    assert kie_ai.asked["file-stream-upload"] == 2


async def test_the_gate_is_not_about_the_key(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    kie_ai.trouble(CREATE, Trouble("page", status=403))
    with pytest.raises(Transient) as caught:
        await kie.submit(asked(image))
    assert caught.value.code == "KIE_BLOCKED"


async def test_no_connection_is_no_payment(image: Path) -> None:
    with kie_server(b"") as gone:
        pass
    async with provider_of(gone) as provider:
        gone_url = asked(image, image_url="https://storage.example.org/a.jpg")
        with pytest.raises(Transient, match="KIE_AWAY"):
            await provider.submit(gone_url)


SILENT = (Trouble("hang"), Trouble("accept"))


@pytest.mark.parametrize(
    "wrong",
    [
        *SILENT,
        Trouble("accept", cut=True),
        Trouble("empty"),
        Trouble("page", status=200),
        Trouble("page", status=500),
        Trouble("page", status=502),
        Trouble("page", status=504),
        Trouble("page", status=524),
    ],
    ids=str,
)
async def test_an_answer_that_was_lost_is_unknown(kie_ai: KieServer, image: Path, wrong: Trouble) -> None:
    """Tried again, it may be paid twice; failed, it may be paid for nothing: it is neither."""
    async with provider_of(kie_ai, **({"seconds": 3.0} if wrong in SILENT else {})) as provider:
        kie_ai.trouble(CREATE, wrong)
        with pytest.raises(OutcomeUnknown) as caught:
            await provider.submit(asked(image))
        assert caught.value.code == "KIE_ANSWER_LOST"
        taken = 1 if wrong.kind in ("accept", "empty") else 0
        wait_for(lambda: len(kie_ai.tasks) == taken)
        with pytest.raises(OutcomeUnknown):
            await provider.find("sub-1")


@pytest.mark.parametrize("status", [503, 521, 522])
async def test_a_gate_that_did_not_reach_the_server_took_nothing(
    kie_ai: KieServer, kie: KieProvider, image: Path, status: int
) -> None:
    kie_ai.trouble(CREATE, Trouble("page", status=status))
    with pytest.raises(Transient):
        await kie.submit(asked(image))


async def test_what_is_paid_goes_over_a_connection_of_its_own(
    kie_ai: KieServer, kie: KieProvider, image: Path
) -> None:
    """A kept connection that was just closed over there would look like an answer that was lost."""
    for job in ("one", "two", "three"):
        await kie.submit(asked(image, job_id=job))
        await kie.health()
    ports = [port for name, port in kie_ai.callers if name == "createTask"]
    others = {port for name, port in kie_ai.callers if name != "createTask"}
    assert len(set(ports)) == 3
    assert others.isdisjoint(ports)
    assert len(others) == 2, "all else keeps its connections"


async def test_the_code_counts_whatever_the_status(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    kie_ai.trouble(CREATE, Trouble("code", 402, status=400))
    with pytest.raises(AccountFault, match="KIE_CREDITS"):
        await kie.submit(asked(image))
    kie_ai.trouble(CREATE, Trouble("code", 200, status=500))
    with pytest.raises(OutcomeUnknown):
        await kie.submit(asked(image))


async def test_credits_gone(kie_ai: KieServer, kie: KieProvider, image: Path) -> None:
    kie_ai.credits = 3
    with pytest.raises(AccountFault, match="KIE_CREDITS"):
        await kie.submit(asked(image))
    kie_ai.credits = 0.0
    health = await kie.health()
    assert (health.ok, health.because, health.credits) == (False, "KIE_CREDITS", 0.0)


async def test_health_says_what_is_wrong(kie_ai: KieServer, kie: KieProvider) -> None:
    kie_ai.credits = 12.5
    assert (await kie.health()).credits == 12.5
    for wrong, because in (
        (Trouble("page", status=403), "KIE_BLOCKED"),
        (Trouble("code", 401), "KIE_KEY"),
        (Trouble("code", 505), "KIE_FEATURE_OFF"),
        (Trouble("code", 455), "KIE_TROUBLE"),
        (Trouble("empty"), "KIE_AWAY"),
    ):
        kie_ai.trouble(CREDIT, wrong)
        health = await kie.health()
        assert (health.ok, health.because) == (False, because)
    kie_ai.trouble(CREDIT, Trouble("code", 429))
    assert (await kie.health()).ok
    async with provider_of(kie_ai, api_key="another") as stranger:
        assert (await stranger.health()).because == "KIE_KEY"


async def test_health_of_a_server_that_hangs_is_told_in_time(
    kie_ai: KieServer, kie: KieProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_HEALTH_SECONDS", 0.3)
    kie_ai.trouble(CREDIT, Trouble("hang"))
    async with asyncio.timeout(5):
        assert (await kie.health()).because == "KIE_AWAY"


def test_its_own_words_hold_no_secret(kie: KieProvider, kie_ai: KieServer) -> None:
    assert kie_ai.key not in f"{kie!r} {kie._api!r} {vars(kie)!r}"
