"""The journal of an unfinished run: what its chunks gave, so that the next run of the same kind goes on from there.

A file of one header line and then records, each ``length, checksum, data``; the data are a chunk's results in msgpack,
compressed. A run that was killed leaves at most a torn last record, which is cut off. The key in the header says what the
results depend on (inputs, options, program); a journal with another key is begun anew.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

from srsly import msgpack

from .engine import Results
from .layers import packable
from .results import ArticleResult
from .schema import Reject

NAME = ".baomat-journal"
_HEAD = struct.Struct("<QI")  # length and CRC-32 of the data

packable(ArticleResult, Reject)


def key_of(options: Mapping[str, object]) -> str:
    """A digest of the options, of baomat's files, and of the libraries that shape its results."""
    package = files("baomat")
    sources = sorted(entry.name for entry in package.iterdir() if entry.name.endswith((".py", ".cfg")))
    digest = sha256(json.dumps(options, sort_keys=True).encode())
    for name in sources:
        digest.update((package / name).read_bytes())
    for library in ("underthesea", "spacy", "dateparser"):
        digest.update(version(library).encode())
    return digest.hexdigest()


class Journal:
    """The journal in a folder, for the run of a key (see :func:`key_of`)."""

    def __init__(self, folder: Path, key: str) -> None:
        self._path, self._header = folder / NAME, f"baomat journal 1 {key}\n".encode()

    def replay(self) -> Iterator[Results]:
        """What the chunks of the run gave before it ended, in their order; what cannot be used is cut off."""
        good = 0
        if self._path.exists():
            with self._path.open("rb") as file:
                if file.readline() == self._header:
                    good = file.tell()
                    while (data := _record(file)) is not None:
                        good = file.tell()
                        yield _unpacked(data)
        with self._path.open("ab") as file:
            file.truncate(good)
            if not good:
                file.write(self._header)

    def keep(self, stream: Iterable[Results]) -> Iterator[Results]:
        """The results of further chunks, each written down before it is passed on; call it when the replay has ended."""
        with self._path.open("ab") as file:
            for results in stream:
                data = _packed(results)
                file.write(_HEAD.pack(len(data), zlib.crc32(data)) + data)
                file.flush()
                yield results

    def remove(self) -> None:
        """For a run that is complete."""
        self._path.unlink(missing_ok=True)


def _packed(results: Results) -> bytes:
    return zlib.compress(msgpack.packb(results, use_bin_type=True, unicode_errors="surrogatepass"), 1)


def _unpacked(data: bytes) -> Results:
    results: Results = msgpack.unpackb(zlib.decompress(data), raw=False, unicode_errors="surrogatepass")
    return results


def _record(file: BinaryIO) -> bytes | None:
    """The data of the next record; None at the end, or where the record is torn."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, checksum = _HEAD.unpack(head)
    data = file.read(length)
    return data if len(data) == length and zlib.crc32(data) == checksum else None
