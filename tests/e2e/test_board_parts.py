"""A snapshot that does not fit one message: nothing leaves the screen while its parts come."""

from tests.fakes.browser import Visitors

PARTS = """async () => {
  const { Board } = await import("/static/js/board.js");
  const board = new Board({});
  const row = (id, revision = 1) => ({ kind: "job", id, revision });
  const shown = () => board.all("job").map((one) => one.id + one.revision).sort().join(" ");
  const seen = [];
  board.snapshot({ seq: 0, rows: [row("a"), row("b"), row("c")] });
  seen.push(shown());
  board.snapshot({ seq: 0, more: 2, rows: [row("a", 2)] });
  seen.push(shown());
  board.delta({ seq: 1, rows: [row("b")] });
  seen.push(shown());
  board.delta({ seq: 2, rows: [row("d")] });
  seen.push(shown());
  board.delta({ seq: 3, rows: [row("e")] });
  seen.push(shown());
  board.snapshot({ seq: 0, rows: [row("d")] });
  seen.push(shown());
  return seen;
}"""


def test_rows_stay_until_the_last_part_has_come(visitors: Visitors) -> None:
    page = visitors.context().new_page()
    page.goto("/login")
    assert page.evaluate(PARTS) == [
        "a1 b1 c1",
        "a2 b1 c1",
        "a2 b1 c1",
        "a2 b1 d1",
        "a2 b1 d1 e1",
        "d1",
    ]
