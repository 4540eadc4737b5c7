"""Asks the operating system whether another program has a file open for writing."""

import contextlib
import os
import signal
import sys
from pathlib import Path

if sys.platform == "linux":
    import fcntl

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _kernel.CreateFileW.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.LPVOID,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    )
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

_GENERIC_READ = 0x8000_0000
_SHARE_READ_AND_DELETE = 0x1 | 0x4
_OPEN_EXISTING = 3
_SHARING_VIOLATION = 32
_NO_HANDLE = 2**64 - 1, 2**32 - 1, -1, None


def being_written(path: Path) -> bool | None:
    """Whether a program on this machine has the file open for writing; None where nobody can tell.

    Blocking, some microseconds.
    """
    if sys.platform == "linux":
        return _by_lease(path)
    elif sys.platform == "win32":  # noqa: RET505 - to mypy, what follows an `if` for a platform is dead
        return _by_sharing(path)
    else:
        return None


if sys.platform == "linux":

    def _by_lease(path: Path) -> bool | None:
        """A read lease is given for a local file exactly when nobody has it open for writing."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            # Who opens it in this instant makes the kernel signal us; the usual SIGIO would end the process.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        except OSError:
            return None
        finally:
            with contextlib.suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            os.close(descriptor)
        return False


if sys.platform == "win32":

    def _by_sharing(path: Path) -> bool | None:
        """Opening while allowing others to read and delete, but not to write, fails when somebody writes.

        Readers (a virus scanner, a picture viewer) do not count.
        """
        handle = _kernel.CreateFileW(
            str(path), _GENERIC_READ, _SHARE_READ_AND_DELETE, None, _OPEN_EXISTING, 0, None
        )
        if handle in _NO_HANDLE:
            return True if ctypes.get_last_error() == _SHARING_VIOLATION else None
        _kernel.CloseHandle(handle)
        return False
