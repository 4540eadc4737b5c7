"""Tells a RAW file by its first bytes; it is kept as it is and never developed here."""

import re
from pathlib import Path, PurePath

from app.domain.errors import UnsupportedMedia

_HEADS = (
    b"II*\x00",  # TIFF: CR2, NEF, ARW, DNG, PEF, SRW, 3FR, ...
    b"MM\x00*",
    b"II\x1a\x00\x00\x00HEAPCCDR",  # CRW
    b"IIRO",  # Olympus
    b"IIRS",
    b"MMOR",
    b"IIU\x00",  # Panasonic, Leica
    b"FUJIFILM",
    b"FOVb",  # Sigma
    b"\x00MRM",  # Minolta
)
_ENDING = re.compile(
    r"3fr|ari|arw|bay|cr2|cr3|crw|dcr|dng|erf|fff|gpr|iiq|k25|kdc|mef|mos|mrw|nef|nrw|orf|pef|raf|raw|rw2|rwl"
    r"|sr2|srf|srw|x3f"
)


def raw_ending(path: Path, name: str) -> str:
    """The ending to keep a RAW under. Blocking. Raises UnsupportedMedia `RAW_UNKNOWN` for anything else."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if not head.startswith(_HEADS) and head[4:11] != b"ftypcrx":
        raise UnsupportedMedia("RAW_UNKNOWN", "This is no RAW file of a camera we know.")
    ending = PurePath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    return ending if _ENDING.fullmatch(ending) else "raw"
