"""What a program must not do at its start: each costs every start and every command a part of a second."""

import subprocess
import sys

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.services import accounts

LIMITER = """
import sys
from app.adapters.limits_store import WindowLimiter
WindowLimiter("redis://127.0.0.1:9/0")
print(sorted({"redis", "coredis", "valkey"} & sys.modules.keys()))
"""


def test_the_limiter_loads_the_one_client_that_it_uses() -> None:
    said = subprocess.run([sys.executable, "-c", LIMITER], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['redis']"


def test_nobodys_hash_takes_as_long_as_anybodys() -> None:
    """It is written, not made. One that could not be read would tell at once which names there are."""
    assert not PasswordHasher.check_needs_rehash(accounts._hasher, accounts._nobodys_hash())
    with pytest.raises(VerifyMismatchError):
        accounts._hasher.verify(accounts._nobodys_hash(), "a-long-password")
