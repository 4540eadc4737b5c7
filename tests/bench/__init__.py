"""Measurements that print tables; nothing here asserts a time."""
