"""The last administrator stays, whoever acts at once."""

import pytest

from app.domain.access import Principal
from app.domain.errors import Conflict
from app.ports import Ports
from app.services import accounts, users


async def test_two_administrators_end_each_others_rights(ports: Ports, admin: Principal) -> None:
    await accounts.add(ports, "second", "a-long-password", "admin")
    signed_in = await accounts.login_for_token(ports, "second", "a-long-password", "127.0.0.1")
    second = await accounts.by_token(ports, signed_in.secret)
    # Both were let in as administrators before either change was made.
    await users.change(ports, admin, second.user_id, {"role": "operator"})
    with pytest.raises(Conflict, match="LAST_ADMIN"):
        await users.change(ports, second, admin.user_id, {"enabled": False})
    left = {user.username: user.role for user in await users.list_all(ports, admin) if user.enabled}
    assert left["boss"] == "admin"
