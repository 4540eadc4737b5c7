/** How long a picture will still take, from how long the last ones of its style really took; nothing without data. */

const ENOUGH = 3;
const LATEST = 15;

const took = (row) => (Date.parse(row.finishedAt) - Date.parse(row.startedAt)) / 1000;
const kindOf = (row) => `${row.mode} ${row.styleId} ${row.provider}`;

function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Learns from the jobs on the board. Answers `left(row, now)`: seconds still, 0 for "longer than usual", null unknown. */
export function forecasts(rows) {
  const done = rows.filter((row) => row.status === "succeeded" && row.startedAt && row.finishedAt).sort((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt));
  const times = new Map();
  for (const row of done) {
    const kind = kindOf(row);
    const list = times.get(kind) ?? times.set(kind, []).get(kind);
    if (list.length < LATEST) list.push(took(row));
  }
  const usual = new Map([...times].filter(([, list]) => list.length >= ENOUGH).map(([kind, list]) => [kind, middle(list)]));
  const open = rows.filter((row) => row.status === "queued" || row.status === "running");

  function alone(row, now) {
    const whole = usual.get(kindOf(row));
    if (whole === undefined) return null;
    if (row.status === "running" && row.startedAt) return Math.max(0, whole - (now - Date.parse(row.startedAt)) / 1000);
    return whole;
  }

  /** A job in line also waits for those before it, as many at a time as are being worked on now. */
  return function left(row, now) {
    const own = alone(row, now);
    if (own === null || row.status === "running") return own;
    if (row.status !== "queued" || (row.wait && row.wait.code !== "queue")) return null; // when that ends, nobody knows
    const before = open.filter((one) => one.id !== row.id && (one.status === "running" || Date.parse(one.createdAt) < Date.parse(row.createdAt)));
    const atOnce = Math.max(1, before.filter((one) => one.status === "running").length);
    let ahead = 0;
    for (const one of before) {
      const theirs = alone(one, now);
      if (theirs === null) return null;
      ahead += theirs;
    }
    const all = own + ahead / atOnce;
    return (now - Date.parse(row.createdAt)) / 1000 > 60 + 3 * all ? null : all; // nobody works on them: no promise
  };
}

/** 47 → 50, 8 → 10, 130 → 150 seconds: a guess that does not claim to be exact. */
export function roughly(seconds) {
  const step = seconds < 60 ? 5 : seconds < 300 ? 30 : 60;
  return Math.max(step, Math.ceil(seconds / step) * step);
}
