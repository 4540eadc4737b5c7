"""Tests of the `photobot` command."""
