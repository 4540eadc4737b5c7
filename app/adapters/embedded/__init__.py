"""Real servers from wheels (PostgreSQL, Valkey), run as our own children on loopback with a password."""
