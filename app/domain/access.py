"""Who may do what: roles in their order, and the events an account is given."""

from dataclasses import dataclass
from typing import Literal

from app.domain.errors import NotAllowed, NotFound

Role = Literal["operator", "supervisor", "admin"]
ROLE_ORDER: dict[Role, int] = {"operator": 1, "supervisor": 2, "admin": 3}


@dataclass(frozen=True)
class Principal:
    """A signed-in account; `events` None means every event. `sign_in_id` can be revoked."""

    user_id: str
    username: str
    role: Role
    events: frozenset[str] | None
    sign_in_id: str

    def sees(self, event_id: str) -> bool:
        """Whether the account is given this event."""
        return self.events is None or event_id in self.events

    def require_event(self, event_id: str) -> None:
        """Raise NotFound for an event outside the account's: it need not know that it exists."""
        if not self.sees(event_id):
            raise NotFound("EVENT_NOT_FOUND", "There is no such event.")

    def require_role(self, role: Role) -> None:
        """Raise NotAllowed when the account's role is lower."""
        if ROLE_ORDER[self.role] < ROLE_ORDER[role]:
            raise NotAllowed("ROLE_TOO_LOW", f"This needs the role {role}.", needs=role)

    def require_house(self, role: Role = "admin") -> None:
        """Raise NotAllowed unless this is an account of all events, of this role at least.

        What belongs to the house is at work in events the others may not even know of; and who may change
        accounts could give themselves those events.
        """
        self.require_role(role)
        if self.events is not None:
            raise NotAllowed("WHOLE_HOUSE_ONLY", "This needs an account that is given all events.")
