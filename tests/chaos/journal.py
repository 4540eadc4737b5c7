"""A witness in the database: triggers that write down who wrote to which job, and who had claimed it then.

Every worker process has a database role of its own, so the database itself says whose hand it was; nothing of
this comes from the engine. The journal is read once, at the end.
"""

import json
from dataclasses import dataclass
from typing import Literal

ROLES = "chaos_w"
"""How the names of the workers' roles begin."""

INSTALL = """
CREATE TABLE chaos_journal (
    seq bigserial PRIMARY KEY, at double precision NOT NULL, tx bigint NOT NULL, who text NOT NULL,
    what text NOT NULL, job text NOT NULL, fence int, lease double precision, early double precision
);
CREATE FUNCTION chaos_note(what text, job text, fence int, lease float DEFAULT NULL, early float DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO chaos_journal (at, tx, who, what, job, fence, lease, early)
    VALUES (extract(epoch FROM clock_timestamp()), txid_current(), session_user,
        what, job, fence, lease, early)
$$;
CREATE FUNCTION chaos_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_is timestamptz := clock_timestamp();
BEGIN
    IF NEW.fence > OLD.fence AND NEW.status = 'running' THEN
        PERFORM chaos_note('claim', NEW.id, NEW.fence,
            extract(epoch FROM NEW.lease_until - now_is)::float,
            CASE WHEN OLD.status = 'running' THEN extract(epoch FROM OLD.lease_until - now_is)::float END);
    ELSIF NEW.status <> OLD.status THEN
        PERFORM chaos_note(CASE WHEN OLD.status = 'running' THEN 'end' ELSE 'move' END, NEW.id, NEW.fence);
    ELSIF OLD.status = 'running' THEN
        PERFORM chaos_note('write', NEW.id, NEW.fence);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION chaos_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chaos_note('write', NEW.job_id, NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER chaos AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION chaos_job();
CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON job_stages FOR EACH ROW EXECUTE FUNCTION chaos_part();
CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON job_attempts FOR EACH ROW EXECUTE FUNCTION chaos_part();
CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON provider_spend FOR EACH ROW EXECUTE FUNCTION chaos_part();
"""

READ = """
SELECT coalesce(
    json_agg(json_build_array(seq, at, tx, who, what, job, fence, lease, early) ORDER BY seq), '[]')
FROM chaos_journal
"""


@dataclass(frozen=True)
class Entry:
    """One write. `lease`: how long a claim's lease is by the database's clock; `early`: what was left of the
    lease that it ended (negative when that was over)."""

    seq: int
    at: float
    tx: int
    who: str
    what: Literal["claim", "end", "move", "write"]
    job: str
    fence: int | None = None
    lease: float | None = None
    early: float | None = None


@dataclass(frozen=True)
class Tenure:
    """The time in which one process had a job, from its claim to its end or the next claim."""

    job: str
    fence: int
    who: str
    begin: float
    end: float
    taken_over: bool


@dataclass(frozen=True)
class Told:
    """What the journal says: tenures by job, and writes of workers that did not have the job."""

    tenures: dict[str, list[Tenure]]
    late: list[Entry]
    stolen: list[Entry]
    leases: list[float]

    def after(self, tenure: Tenure) -> Tenure | None:
        """Who had the job next."""
        return next((one for one in self.tenures[tenure.job] if one.begin >= tenure.end), None)


def parse(text: str) -> list[Entry]:
    """The answer of READ."""
    return [Entry(*row) for row in json.loads(text)]


def told(entries: list[Entry], now: float) -> Told:
    """Go through the journal in its order: each write was made by whoever had the job, or it is late.

    Only workers are judged: what people do to a job comes by the web. What a transaction writes after it gave
    the job away is still its own.
    """
    found = Told({}, [], [], [])
    owners: dict[str, Entry | None] = {}
    gave: dict[str, Entry] = {}
    for entry in _claims_first(entries):
        owner = owners.get(entry.job)
        if entry.what == "claim":
            if owner is not None:
                _close(found, owner, entry.at, taken_over=True)
            if entry.early is not None and entry.early > 0:
                found.stolen.append(entry)
            found.leases.append(entry.lease or 0.0)
            owners[entry.job] = entry
            continue
        if entry.who.startswith(ROLES) and not _may(entry, owner, gave.get(entry.job)):
            found.late.append(entry)
        if entry.what == "end" and owner is not None:
            _close(found, owner, entry.at, taken_over=False)
            owners[entry.job] = None
            gave[entry.job] = entry
    for owner in owners.values():
        if owner is not None:
            _close(found, owner, now, taken_over=False)
    return found


def _claims_first(entries: list[Entry]) -> list[Entry]:
    """A claim's statement also ends the dead one's attempt: inside one transaction the claim counts first."""
    first: dict[tuple[int, str], int] = {}
    for entry in entries:
        first.setdefault((entry.tx, entry.job), entry.seq)
    order = lambda entry: (first[entry.tx, entry.job], entry.what != "claim", entry.seq)  # noqa: E731
    return sorted(entries, key=order)


def _may(entry: Entry, owner: Entry | None, gave: Entry | None) -> bool:
    if entry.what == "move":  # queued to queued, failed or canceled: nobody has it
        return True
    if owner is not None and owner.who == entry.who:
        return True
    return gave is not None and gave.tx == entry.tx


def _close(found: Told, owner: Entry, at: float, *, taken_over: bool) -> None:
    tenure = Tenure(owner.job, owner.fence or 0, owner.who, owner.at, at, taken_over)
    found.tenures.setdefault(owner.job, []).append(tenure)
