"""The watcher's decisions, pure: what an examination or a name means for a file."""

import os
from enum import Enum
from pathlib import Path, PurePath
from typing import Literal

from watcher.endings import Ending, Glance
from watcher.settle import Finding, Patience, Step

ShotState = Literal[
    "receiving",
    "stalled",
    "whole",
    "announced",
    "uploading",
    "done",
    "orphan",
    "invalid",
    "duplicate",
    "gone",
]
"""`stalled`: told as incomplete, but it lies in the hotfolder and is received again when it grows."""
WAITING: frozenset[ShotState] = frozenset({"whole", "announced"})
FINISHED: frozenset[ShotState] = frozenset({"done", "orphan", "invalid", "duplicate"})

_NAME_BYTES = 200
"""Room is left for the shot's tail and `.reason.txt` within the 255 bytes most file systems give a name."""


class Verdict(Enum):
    """What an examined file is taken for."""

    ACCEPT = "accept"
    LOOK_AGAIN = "look_again"
    STALLED = "stalled"
    """It is not complete, and nobody knows whether it ever will be."""
    INVALID = "invalid"


def judge(
    finding: Finding,
    seen: Glance,
    step: Step,
    *,
    quiet: float,
    patience: Patience,
    being_written: bool | None,
) -> Verdict:
    """Whether a finding is final; LOOK_AGAIN when a writer may still be at it, however long it stalls."""
    unfinished = seen.ending is Ending.OPEN
    if step is Step.EXAMINE_LAST:
        if finding.code is None:
            return Verdict.STALLED if unfinished and being_written else Verdict.ACCEPT
        return Verdict.STALLED if unfinished else Verdict.INVALID
    if finding.code is None:
        return (
            Verdict.ACCEPT if _settled(finding, seen, quiet, patience, being_written) else Verdict.LOOK_AGAIN
        )
    if finding.may_pass or quiet < patience.stability:
        return Verdict.LOOK_AGAIN
    if being_written is False or (being_written is None and seen.ending is Ending.UNTOLD):
        return Verdict.INVALID
    return Verdict.LOOK_AGAIN


def _settled(
    finding: Finding, seen: Glance, quiet: float, patience: Patience, being_written: bool | None
) -> bool:
    """Whether a sound picture may be taken: zeros in it may be a place still to be written, zeros behind it
    room that is still to be given back.
    """
    if finding.hole:
        return quiet >= patience.stability and being_written is False
    if seen.written < finding.size or finding.raw:
        return quiet >= patience.stability and being_written is not True
    return True


INCOMPLETE = "INCOMPLETE"


def refusal(finding: Finding, ending: Ending, patience: Patience) -> tuple[str, str]:
    """The stable code and the sentence for a file that is no photo."""
    if ending is Ending.OPEN and finding.code in {"IMAGE_BROKEN", "IMAGE_EMPTY", "IMAGE_NOT_AN_IMAGE", None}:
        return INCOMPLETE, f"The file is not complete and has not grown for {patience.give_up:.0f} s."
    return finding.code or "IMAGE_BROKEN", finding.message


RAW_ONLY = ("RAW_ONLY", "RAW without JPEG: set the camera to RAW+JPEG.")


def target_name(path: str, shot_id: str) -> str:
    """A name nothing else has: the camera's own, the tail of the shot's id, the suffix; at most 255 bytes."""
    name = PurePath(path)
    suffix = name.suffix if len(os.fsencode(name.suffix)) <= 16 else ""
    stem = name.name.removesuffix(suffix) if suffix else name.name
    while len(os.fsencode(stem)) > _NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}-{shot_id[-8:]}{suffix}"


def target_folder(state: ShotState, *, processed: Path, orphan: Path, invalid: Path) -> Path:
    """Which tray a finished file belongs in."""
    return {"orphan": orphan, "invalid": invalid}.get(state, processed)


def stem_key(path: str) -> bytes:
    """Same for the RAW and the JPEG of one shot: folder and name without suffix, in lower case."""
    return os.fsencode(str(PurePath(path).with_suffix("")).lower())


def name_key(path: str) -> bytes:
    """Same for the RAW and the JPEG of one shot in whatever folders: name without suffix, in lower case."""
    return os.fsencode(PurePath(path).stem.lower())


def shown_name(path: str) -> str:
    """A file's name as text that any screen, log or JSON can carry; at most 200 characters."""
    name = os.fsencode(PurePath(path).name).decode("utf-8", "replace")[:200]
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return shown if shown.strip() else "\N{REPLACEMENT CHARACTER}"
