"""Passwords of tests are checked in no time: Argon2 is slow on purpose, a fifth of a second of a processor.

That was most of what a sign-in of a test cost. A check takes what its hash says, so installations of both
kinds read each other's. What the product really asks for is proven by `tests/app/cli/test_up.py`, whose
programs are started for real.
"""

from argon2 import PasswordHasher

from app.services import accounts


def cheap() -> None:
    """From now on, hashes that this process (and what it forks) makes cost nothing."""
    accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
