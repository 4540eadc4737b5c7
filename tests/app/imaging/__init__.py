"""Tests of decoding, developing and framing."""
