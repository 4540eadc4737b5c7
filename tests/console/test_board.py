"""The board: whatever order, loss and repetition its messages have, the newest revision stands."""

import json
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.messages import LiveRow
from console.board import LIMITS, Board, Scope, key_of
from tests.fakes.rows import NOW, booth, guest, job, shot, some

messages = st.lists(
    st.builds(
        some, st.sampled_from(["job", "guest", "shot", "booth"]), st.sampled_from("abc"), st.integers(1, 6)
    ),
    max_size=40,
)


def truth_of(rows: list[LiveRow]) -> dict[tuple[str, str], LiveRow]:
    """The newest of each row."""
    newest: dict[tuple[str, str], LiveRow] = {}
    for row in rows:
        key = key_of(row)
        if key not in newest or newest[key].revision < row.revision:
            newest[key] = row
    return newest


def contents(board: Board) -> dict[tuple[str, str], int]:
    """Every row's revision."""
    return {key_of(row): row.revision for row in board.within(Scope(None))}


@settings(deadline=None)
@given(sent=messages, data=st.data())
def test_after_a_reload_the_board_is_the_truth(sent: list[LiveRow], data: st.DataObject) -> None:
    truth = truth_of(sent)
    gone = data.draw(st.sets(st.sampled_from(sorted(truth)))) if truth else set()
    heard = data.draw(st.lists(st.sampled_from(sent), max_size=60)) if sent else []
    board = Board()
    for row in heard:
        board.apply(row)

    left = [row for key, row in truth.items() if key not in gone]
    for row in left:
        board.apply(row)
    board.drop(board.keys() - {key_of(row) for row in left})

    assert contents(board) == {key_of(row): row.revision for row in left}


@settings(deadline=None)
@given(heard=messages)
def test_no_older_revision_over_a_newer(heard: list[LiveRow]) -> None:
    board = Board()
    for number, row in enumerate(heard):
        before = board.revision(key_of(row))
        assert board.apply(row) == (row.revision > before)
        assert contents(board) == {
            key: newest.revision for key, newest in truth_of(heard[: number + 1]).items()
        }
        sent = json.loads(board.json(key_of(heard[number])))
        assert sent["revision"] == board.revision(key_of(heard[number]))


def test_a_screen_covers_its_event_and_booth_and_all_waiting_guests() -> None:
    everything = Scope(None)
    event = Scope(frozenset({"e"}))
    one = Scope(frozenset({"e"}), "b")
    assert all(scope.covers(job()) for scope in (everything, event, one))
    assert not one.covers(job(booth_id="other"))
    assert not one.covers(job(booth_id=None))
    assert not one.covers(booth("other"))
    assert one.covers(guest())
    assert not event.covers(guest(event_id="other"))
    assert not Scope(frozenset()).covers(job())


def test_what_is_over_leaves_the_board() -> None:
    old = NOW - timedelta(hours=25)
    board = Board()
    stays = [
        job("open", created_at=old),
        job("fresh", status="succeeded"),
        guest("valid"),
        guest("held", expires_at=old, booth_id="b"),
        guest("working", expires_at=old, jobs_open=1),
        shot("new"),
        shot("tray", updated_at=old, state="orphan"),
        shot("broken", updated_at=old, state="invalid"),
        booth("b"),
    ]
    goes = [
        job("done", created_at=old, status="succeeded"),
        guest("over", expires_at=old),
        shot("old", updated_at=old),
    ]
    for row in (*stays, *goes):
        board.apply(row)

    assert {row.id for row in board.prune(NOW)} == {row.id for row in goes}
    assert len(board) == len(stays)


def test_the_board_is_bounded_and_drops_the_oldest() -> None:
    board = Board()
    for number in range(LIMITS["shot"] + 10):
        board.apply(shot(f"{number:05}"))

    dropped = board.prune(NOW)

    assert sorted(row.id for row in dropped) == [f"{number:05}" for number in range(10)]
    assert len(board) == LIMITS["shot"]


def test_a_full_tray_pushes_no_other_shot_off_the_board() -> None:
    board = Board()
    board.apply(shot("00000", state="assigned"))
    for number in range(1, LIMITS["tray"] + 10):
        board.apply(shot(f"{number:05}", state="orphan"))

    dropped = board.prune(NOW)

    assert sorted(row.id for row in dropped) == [f"{number:05}" for number in range(1, 10)]
    assert board.revision(("shot", "00000")) == 1
