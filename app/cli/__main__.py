"""`python -m app.cli`: the `photobot` command where it is not installed as one."""

from app.cli import main

main(prog_name="photobot")
