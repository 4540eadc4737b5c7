"""Settings of kie.ai: who gets a provider, what providers may reach, and words for all it can say."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import app.adapters
from app.cli.doctor import Finding, _makers
from app.settings import Settings
from app.wiring import open_ports
from console.texts import TEXTS
from tests.fakes.kie_server import kie_server
from tests.fakes.stack import SECRET


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        ({}, False),
        ({"s3_bucket": "b"}, True),
        ({"s3_bucket": "b", "s3_endpoint": "https://account.r2.example.org"}, True),
        ({"s3_bucket": "b", "s3_endpoint": "http://192.168.1.5:9000"}, False),
        (
            {
                "s3_bucket": "b",
                "s3_endpoint": "http://minio:9000",
                "s3_public_endpoint": "https://s3.example.org",
            },
            True,
        ),
        ({"s3_bucket": "b", "storage_on_internet": False}, False),
        ({"s3_bucket": "b", "s3_endpoint": "http://203.0.113.4:9000", "storage_on_internet": True}, True),
        ({"storage_on_internet": True}, False),
    ],
)
def test_whether_providers_reach_our_storage(given: dict[str, object], reached: bool) -> None:
    settings = Settings.model_validate({"jwt_secret": SECRET, **given})
    assert settings.policy().storage_on_internet is reached


def test_addresses_are_addresses() -> None:
    for name in ("kie_api_base_url", "kie_upload_base_url", "callback_base_url"):
        for wrong in ("api.kie.ai", "https://", "https://[x", "ftp://api.kie.ai"):
            with pytest.raises(ValidationError):
                Settings.model_validate({name: wrong})
    settings = Settings(jwt_secret=SECRET, callback_base_url="https://b.example.org/", kie_webhook_key="k")
    assert settings.policy().callback_base_url == "https://b.example.org"
    assert settings.policy().kie_webhook_key == "k"


def test_a_key_is_trimmed_and_never_shown() -> None:
    """A key out of a file ends with a line break; a header with one fails at every request."""
    assert Settings(kie_api_key=" secret-key\n").kie_api_key == "secret-key"
    assert Settings(kie_webhook_key="  ").kie_webhook_key is None
    with pytest.raises(ValidationError) as caught:
        Settings(kie_api_key="secret\nkey")
    assert "secret" not in str(caught.value)


async def test_the_doctor_asks_it(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with kie_server(b"") as kie_ai:
        settings = Settings(
            database_url=database_url,
            redis_url=redis_url,
            photobot_data=tmp_path,
            jwt_secret=SECRET,
            kie_api_key=kie_ai.key,
            kie_api_base_url=kie_ai.url,
        )
        async with open_ports(settings) as ports:
            kie_ai.credits = 12.5
            assert await _makers(ports, settings) == [Finding("kie", "answers, 12.5 credits")]
            kie_ai.credits = 0.0
            (finding,) = await _makers(ports, settings)
            assert (finding.text, bool(finding.mend)) == ("cannot be used (KIE_CREDITS)", True)


def test_the_environment_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "from-the-environment")
    monkeypatch.setenv("WORKER_CONCURRENCY_KIE", "7")
    monkeypatch.setenv("STORAGE_ON_INTERNET", "")
    settings = Settings()
    assert (settings.kie_api_key, settings.worker_concurrency_kie) == ("from-the-environment", 7)
    assert (settings.kie_api_base_url, settings.storage_on_internet) == ("https://api.kie.ai", None)


async def test_a_key_makes_a_provider(database_url: str, redis_url: str, tmp_path: Path) -> None:
    given = {
        "database_url": database_url,
        "redis_url": redis_url,
        "photobot_data": tmp_path,
        "jwt_secret": SECRET,
    }
    async with open_ports(Settings.model_validate(given)) as ports:
        assert "kie" not in ports.providers
    async with open_ports(Settings.model_validate({**given, "kie_api_key": "k"})) as ports:
        assert ports.providers["kie"].name == "kie"
        assert list(ports.providers["kie"].styles()) == []


def test_there_are_words_for_everything_it_can_say() -> None:
    (folder,) = app.adapters.__path__
    text = "".join(path.read_text("utf-8") for path in Path(folder).glob("kie*.py"))
    codes = set(re.findall(r'"((?:KIE|STYLE|PROVIDER|IMAGE|INPUT|OUTPUT)_[A-Z_]+)"', text))
    assert len(codes) > 20
    assert {f"error.{code}" for code in codes} - TEXTS.keys() == set()
