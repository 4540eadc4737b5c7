"""Tests of the watcher, by itself and against a fake server."""
