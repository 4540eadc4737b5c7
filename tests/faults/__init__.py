"""Tests that kill, cut and restart."""
