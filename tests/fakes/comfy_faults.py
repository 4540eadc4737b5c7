"""What a test can have go wrong with the fake ComfyUI."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    """What goes wrong, as a test says."""

    out_of_memory: list[str] = field(default_factory=list)
    """`gpu`, `old-gpu` or `cpu`: the next runs end so."""
    error: dict[str, Any] | None = None
    """Members of the `execution_error` with which every run ends."""
    stuck: bool = False
    """The queue does not move."""
    step_seconds: float = 0.0
    heavy: bool = False
    """Nodes do not look whether they are interrupted, as one that counts no steps."""
    history_late: float = 0.007
    broken_result: bool = False
    silent_sockets: bool = False
    cut_after_steps: int | None = None
    """All sockets break without a close frame at this step."""
    hang: bool = False
    """No route answers."""
    hang_prompt: str = ""
    """`before` or `after` it is in the queue, POST /prompt never answers."""
    lose_answer: bool = False
    """POST /prompt is taken, and its connection breaks before the answer."""
    status: int = 0
    """Every route whose `METHOD /path` begins with `status_on` answers so."""
    status_on: str = ""
    no_socket: bool = False
    uploads_vanish: bool = False
    own_ids: bool = False
    """As old servers do: a caller's prompt_id is not heard."""


_GPU = (
    "Allocation on device 0 would exceed allowed memory. (out of memory)\nThis error means you ran out of "
    "memory on your GPU.\n\nTIPS: If the workflow worked before you might have set the batch_size too high."
)
_CPU = (
    "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
    "allocate 4294967296 bytes. Error code 12 (Cannot allocate memory)"
)
OUT_OF_MEMORY = {
    "gpu": {"exception_type": "torch.OutOfMemoryError", "exception_message": _GPU},
    "old-gpu": {"exception_type": "torch.cuda.OutOfMemoryError", "exception_message": _GPU},
    "cpu": {"exception_type": "RuntimeError", "exception_message": _CPU},
}
