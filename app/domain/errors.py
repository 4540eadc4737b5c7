"""Every error photobot raises on purpose, as one tree.

    PhotobotError                 something the person in front can be told
    ├── NotSignedIn               no valid token or cookie                        401
    ├── NotAllowed                signed in, but not for this                     403
    ├── NotFound                  no such thing (or not for your eyes)            404
    ├── Conflict                  the thing is not in the state this needs        409
    ├── Gone                      it was there, its time is over                  410
    ├── TooLarge                  more bytes or pixels than we take               413
    ├── UnsupportedMedia          not a picture format we take                    415
    ├── Invalid                   a value that cannot be right                    422
    ├── TooMany                   slow down                                       429
    └── Unavailable               a part we need does not answer                  503
        └── StorageFull           no room left for what was sent                  507
    StageError                    how a stage ends when it does not return
    ├── Snooze                    not ready; costs no attempt
    ├── Wait                      parked until something happens; holds no worker
    ├── Transient                 try again by the stage's policy
    ├── Fatal                     failed now
    │   └── AccountFault          our key, credits or rights at a provider: no job of its can succeed now
    ├── OutcomeUnknown            a request that costs money may or may not have been taken
    └── LeaseLost                 another worker owns the job: stop and say nothing

`code` is stable and machine-readable; `message` is one English sentence for people. The console shows its
own words for a code (`console/texts.py`), in the reader's language.
"""

import errno


class PhotobotError(Exception):
    """An error with a stable `code` and one sentence for people; `extra` holds facts (never secrets)."""

    def __init__(self, code: str, message: str, **extra: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.extra = extra


class NotSignedIn(PhotobotError):
    """No valid token or cookie came with the request."""


class NotAllowed(PhotobotError):
    """The account is known, but may not do this here."""


class NotFound(PhotobotError):
    """There is no such thing, or it is outside what the account may see."""


class Conflict(PhotobotError):
    """The thing exists but is not in the state this request needs."""


class Gone(PhotobotError):
    """It existed and its time is over."""


class TooLarge(PhotobotError):
    """More bytes or pixels than photobot takes."""


class UnsupportedMedia(PhotobotError):
    """The content is no picture in a format photobot takes."""


class Invalid(PhotobotError):
    """A value that cannot be right; `extra["field"]` names it where there is one."""


class TooMany(PhotobotError):
    """Too many requests; `extra["retry_after"]` is in seconds."""


class Unavailable(PhotobotError):
    """A part this needs (database, storage) does not answer."""


DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when there is no room: on the disk, or for this account."""


class StorageFull(Unavailable):
    """No room is left for what was sent: the sender keeps it and tries again."""

    def __init__(self) -> None:
        super().__init__("STORAGE_FULL", "The server's disk or storage is full.", retry_after=30)


class StageError(Exception):
    """Base of the ways a stage ends without returning."""


class Snooze(StageError):
    """Not ready: look again in `seconds`; costs no attempt. `because` is shown to the operator."""

    def __init__(self, seconds: float, because: str) -> None:
        super().__init__(f"{because} ({seconds:.0f} s)")
        self.seconds = seconds
        self.because = because


class Wait(StageError):
    """Parked until what `parked_for` names happens, or for `seconds` (None: for as long as it takes).

    The attempt goes on when the job is woken. `code` and `because` tell people what it waits for.
    """

    def __init__(self, parked_for: str, seconds: float | None, code: str, because: str = "") -> None:
        super().__init__(f"waits for {parked_for}")
        self.parked_for = parked_for
        self.seconds = seconds
        self.code = code
        self.because = because


class Transient(StageError):
    """Failed in a way that may pass: retried by the stage's policy, then the job fails with `code`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Fatal(StageError):
    """Failed for good: no retry."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class AccountFault(Fatal):
    """Our account at a provider is refused (key, credits, rights): opens its breaker at once."""


class OutcomeUnknown(StageError):
    """A paid request was sent, its answer lost: neither retried nor failed; `find` or a person decides."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class LeaseLost(StageError):
    """This run no longer owns the job; nothing it does may be written."""
