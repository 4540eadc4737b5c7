"""What the passing of time does: keys, sign-ins, uploads and booths' guests that are over."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.tables import Booth, BoothSession, Event, IdempotencyKey, SignIn, Upload
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, NotFound, NotSignedIn
from app.ports import Ports
from app.services import accounts, booths, cleaning, events, intake, sessions, setup, uploads
from app.services.intake import Order
from app.services.sessions import Registered
from tests.app.services.conftest import MovedClock
from tests.fakes.stack import picture


async def _guest(ports: Ports) -> tuple[str, Registered]:
    async with reading(ports) as db:
        event_id = await db.scalar(select(Event.id)) or ""
    guest = await sessions.register(
        ports,
        event_id=event_id,
        name="Ayu",
        whatsapp="081234567890",
        consent=True,
        language="id",
        ip="127.0.0.1",
        device=None,
    )
    return event_id, guest


def _order(event_id: str, guest: Registered, seed: int = 1) -> Order:
    return Order(event_id, guest.session_id, None, "original", "pencil", seed)


def _file(tmp_path: Path, seed: int = 0) -> tuple[Path, str]:
    path = tmp_path / f"shot-{seed}.jpg"
    path.write_bytes(picture(120, 90, seed))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


async def _count(ports: Ports, table: type) -> int:
    async with reading(ports) as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def test_a_key_is_free_again_after_its_day(
    ports: Ports, clock: MovedClock, admin: Principal, tmp_path: Path
) -> None:
    path, digest = _file(tmp_path)
    event_id, guest = await _guest(ports)
    first = await intake.submit(ports, admin, _order(event_id, guest), path, digest, "key")
    with pytest.raises(Conflict, match="IDEMPOTENCY_CONFLICT"):
        await intake.submit(ports, admin, _order(event_id, guest, 2), path, digest, "key")
    clock.ahead = timedelta(hours=25)
    _, later = await _guest(ports)
    second = await intake.submit(ports, admin, _order(event_id, later, 2), path, digest, "key")
    assert (second.repeated, second.job_id == first.job_id) == (False, False)
    assert await _count(ports, IdempotencyKey) == 1


async def test_a_guest_and_a_sign_in_end_by_the_clock(
    ports: Ports, clock: MovedClock, admin: Principal, tmp_path: Path
) -> None:
    path, digest = _file(tmp_path)
    event_id, guest = await _guest(ports)
    signed_in = await accounts.login_for_token(ports, "boss", "a-long-password", "127.0.0.1")
    clock.ahead = timedelta(hours=6, seconds=1)
    with pytest.raises(Gone, match="SESSION_EXPIRED"):
        await intake.submit(ports, admin, _order(event_id, guest), path, digest, None)
    with pytest.raises(NotSignedIn, match="TOKEN_INVALID"):
        await accounts.by_token(ports, signed_in.secret)
    assert await accounts.as_it_is(ports, admin) is None


async def test_what_is_over_is_cleared_away_and_nothing_else(
    ports: Ports, clock: MovedClock, admin: Principal, tmp_path: Path
) -> None:
    path, digest = _file(tmp_path)
    event_id, guest = await _guest(ports)
    await intake.submit(ports, admin, _order(event_id, guest), path, digest, "key")
    unused = await uploads.reserve(ports, admin, _order(event_id, guest, 3), "image/jpeg")
    used = await uploads.reserve(ports, admin, _order(event_id, guest, 4), "image/jpeg")
    for made in (unused, used):
        await ports.storage.put_file(made.input_key, path, "image/jpeg")
    accepted = await uploads.submit(ports, admin, _order(event_id, guest, 4), used.input_key, None)
    await cleaning.clear(ports)
    assert await _count(ports, Upload) == 2
    assert await ports.storage.head(unused.input_key) is not None

    clock.ahead = timedelta(days=3)
    await cleaning.clear(ports)
    assert [await _count(ports, table) for table in (Upload, SignIn, IdempotencyKey)] == [0, 0, 0]
    assert await ports.storage.head(unused.input_key) is None
    kept = await ports.storage.head(used.input_key.replace("upload-0", "input"))
    assert kept is not None, accepted.job_id


async def test_a_booths_guest_ends_by_itself_and_screens_are_told(
    ports: Ports, clock: MovedClock, admin: Principal
) -> None:
    event_id, guest = await _guest(ports)
    await booths.activate(
        ports,
        admin,
        "booth-1",
        session_id=guest.session_id,
        event_id=event_id,
        mode="style",
        style_id="pencil",
    )
    async with reading(ports) as db:
        before = await db.scalar(select(Booth.revision).where(Booth.id == "booth-1")) or 0
    await booths.end_expired(ports)
    assert (await booths.active(ports, admin, "booth-1")).session_id == guest.session_id
    clock.ahead = timedelta(seconds=1801)
    with pytest.raises(NotFound, match="NO_ACTIVE_SESSION"):
        await booths.active(ports, admin, "booth-1")
    await booths.end_expired(ports)
    async with reading(ports) as db:
        assert (await db.scalar(select(Booth.revision).where(Booth.id == "booth-1")) or 0) > before
        assert await db.scalar(select(BoothSession.ended_why)) == "expired"


async def test_a_new_password_ends_all_sign_ins(ports: Ports, admin: Principal) -> None:
    cookie = await accounts.login_for_cookie(ports, "boss", "a-long-password", "127.0.0.1")
    await accounts.change_password(ports, "boss", "another-password")
    assert await accounts.by_cookie(ports, cookie.secret) is None
    assert await accounts.as_it_is(ports, admin) is None
    with pytest.raises(NotSignedIn, match="LOGIN_FAILED"):
        await accounts.login_for_token(ports, "boss", "a-long-password", "127.0.0.1")
    assert (await accounts.login_for_token(ports, "boss", "another-password", "127.0.0.1")).role == "admin"


async def test_an_account_is_given_only_events_that_are_there(ports: Ports) -> None:
    with pytest.raises(NotFound, match="EVENT_NOT_FOUND"):
        await accounts.add(ports, "newcomer", "a-long-password", "operator", ["nowhere"])
    assert not await accounts.exists(ports, "newcomer")
    await accounts.add(ports, "twin", "a-long-password", "operator")
    with pytest.raises(Conflict, match="USERNAME_TAKEN"):
        await accounts.add(ports, "twin", "a-long-password", "admin")


async def test_seeding_twice_changes_nothing(ports: Ports, admin: Principal) -> None:
    before = [await events.list_for(ports, admin), await booths.list_for(ports, admin)]
    await setup.seed(ports)
    assert [await events.list_for(ports, admin), await booths.list_for(ports, admin)] == before
