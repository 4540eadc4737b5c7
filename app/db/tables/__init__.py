"""Every table of the photo line and its engine (SPEC P15); migrations are made from these."""

from app.db.tables.base import Base
from app.db.tables.booths import Booth, BoothSession, BoothToken, CameraClock, CameraFile
from app.db.tables.jobs import (
    IdempotencyKey,
    Job,
    JobAttempt,
    JobEvent,
    JobPreview,
    JobPrint,
    JobSignal,
    JobStage,
    Upload,
)
from app.db.tables.moves import EndedFile, EndedLink, GuestMove, OldLink, StorageErrand
from app.db.tables.outside import Breaker, Lane, ProviderHint, ProviderRate, ProviderSlot, ProviderSpend
from app.db.tables.people import AuditEntry, Erasure, Guest, GuestSession, SignIn, User, UserEvent
from app.db.tables.programs import Incident, Program
from app.db.tables.setup import Event, Style

__all__ = [
    "AuditEntry",
    "Base",
    "Booth",
    "BoothSession",
    "BoothToken",
    "Breaker",
    "CameraClock",
    "CameraFile",
    "EndedFile",
    "EndedLink",
    "Erasure",
    "Event",
    "Guest",
    "GuestMove",
    "GuestSession",
    "IdempotencyKey",
    "Incident",
    "Job",
    "JobAttempt",
    "JobEvent",
    "JobPreview",
    "JobPrint",
    "JobSignal",
    "JobStage",
    "Lane",
    "OldLink",
    "Program",
    "ProviderHint",
    "ProviderRate",
    "ProviderSlot",
    "ProviderSpend",
    "SignIn",
    "StorageErrand",
    "Style",
    "Upload",
    "User",
    "UserEvent",
]
