"""RAW files of the common makers' kinds, right in their structure; LibRaw really unpacks the DNG."""

import numpy as np

from tests.fakes.tiff_writer import Below, Data, Short, Tags, tiff


def _noise(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).integers(1, 256, size, dtype=np.uint8).tobytes()


def dng(seed: int, *, width: int = 600, height: int = 400, preview: bytes = b"") -> bytes:
    """An uncompressed 16-bit DNG."""
    sensor = np.random.default_rng(seed).integers(1000, 15_000, (height, width), dtype="<u2")
    rows = 100
    strips = tuple(sensor[top : top + rows].tobytes() for top in range(0, height, rows))
    below: Tags = {
        0x00FE: 0,
        0x0100: width,
        0x0101: height,
        0x0102: Short((16,)),
        0x0103: Short((1,)),
        0x0106: Short((32803,)),
        0x0111: Data(strips),
        0x0115: Short((1,)),
        0x0116: rows,
        0x0117: tuple(len(strip) for strip in strips),
        0x011C: Short((1,)),
        0x828D: Short((2, 2)),
        0x828E: bytes((0, 1, 1, 2)),
        0xC61D: Short((16_000,)),
    }
    main: Tags = {
        0x00FE: 1,
        0x010F: "Photobot",
        0x0110: "Test One",
        0x0112: Short((1,)),
        0x014A: Below((below,)),
        0xC612: bytes((1, 4, 0, 0)),
        0xC614: "Photobot Test One",
        0xC62F: "77",
    }
    if preview:
        main |= {0x0103: Short((7,)), 0x0111: Data((preview,)), 0x0117: len(preview)}
    return tiff(main)


def tiff_raw(seed: int, *, maker: str = "NIKON CORPORATION", size: int = 200_000, order: str = "<") -> bytes:
    """The structure of NEF, NRW, ARW, PEF and SRW; the sensor data are noise of nobody's coding."""
    below: Tags = {0x00FE: 0, 0x0103: Short((34713,)), 0x0111: Data((_noise(seed, size),)), 0x0117: size}
    return tiff({0x010F: maker, 0x0110: "Test", 0x014A: Below((below,))}, order=order)


def cr2(seed: int, *, size: int = 200_000) -> bytes:
    """Canon, until 2018: four chained directories, the last one the sensor's."""
    last: Tags = {0x0103: Short((6,)), 0x0111: Data((_noise(seed, size),)), 0x0117: size}
    return tiff({0x010F: "Canon", 0x0110: "Test"}, {0x0100: 1}, {0x0100: 1}, last, head=b"CR\2\0\0\0\0\0")


def orf(seed: int) -> bytes:
    """Olympus: a TIFF with its own mark."""
    return tiff({0x010F: "OLYMPUS", 0x0111: Data((_noise(seed, 90_000),)), 0x0117: 90_000}, magic=0x4F52)


def rw2(seed: int) -> bytes:
    """Panasonic: the strip's offset is no offset, a tag of its own tells it."""
    data = _noise(seed, 90_000)
    return tiff({0x010F: "Panasonic", 0x0111: 0xFFFFFFFF, 0x0117: 90_000, 0x0118: Data((data,))}, magic=0x55)


def box(kind: bytes, content: bytes) -> bytes:
    """A box of an ISO file."""
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def cr3(seed: int, *, size: int = 200_000, thumbnail: bytes = b"") -> bytes:
    """Canon, since 2018: boxes, the data with a size of 64 bits."""
    facts = box(b"CMT1", tiff({0x010F: "Canon", 0x0110: "Canon EOS R5"}))
    moov = box(b"moov", box(b"uuid", bytes(16) + facts + box(b"THMB", bytes(16) + thumbnail)))
    data = (1).to_bytes(4, "big") + b"mdat" + (size + 16).to_bytes(8, "big") + _noise(seed, size)
    return box(b"ftyp", b"crx \0\0\0\1crx isom") + moov + data


def raf(seed: int, *, preview: bytes = b"\xff\xd8\xff\xd9", size: int = 200_000) -> bytes:
    """Fujifilm: a header with the places of preview, table and sensor data."""
    table, start = _noise(seed + 1, 500), 160
    places = (start, len(preview), start + len(preview), len(table), start + len(preview) + len(table), size)
    numbers = b"".join(number.to_bytes(4, "big") for number in places)
    head = (b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + numbers).ljust(start, b"\0")
    return head + preview + table + _noise(seed, size)


def crw(seed: int) -> bytes:
    """Canon, until 2004: a heap with its table at the end."""
    heap, data = 26, _noise(seed, 50_000)
    table = (1).to_bytes(2, "little") + (0x2005).to_bytes(2, "little")
    table += len(data).to_bytes(4, "little") + (0).to_bytes(4, "little")
    head = b"II" + heap.to_bytes(4, "little") + b"HEAPCCDR"
    return head.ljust(heap, b"\0") + data + table + len(data).to_bytes(4, "little")


KINDS = {
    "DNG": dng,
    "NEF": tiff_raw,
    "CR2": cr2,
    "CR3": cr3,
    "RAF": raf,
    "ORF": orf,
    "RW2": rw2,
    "CRW": crw,
}
