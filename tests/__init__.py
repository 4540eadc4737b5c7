"""Tests: the folders mirror the product; servers are real."""
