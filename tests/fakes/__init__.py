"""Stand-ins for the outside world that tests start: real servers, pretend providers."""
