/**
 * The finished pictures of an event, newest first: pages from the server as far as one has looked, and above them
 * whatever the board brings. What is found is kept as plain rows; who shows them is told when they change.
 */

import { call } from "./api.js";
import { digitsOf } from "./queue_filters.js";

const PAGE = 200;
const ORIGINAL = "original";
const NO_BOOTH = "-";

const moment = (row) => Date.parse(row.finishedAt);
const newestFirst = (a, b) => moment(b) - moment(a) || (a.id < b.id ? 1 : -1);
const isPicture = (row) => row.status === "succeeded" && row.hasOutput && Boolean(row.finishedAt);

/** The first and the last moment of a day where the reader is. */
export function dayBounds(day) {
  const begin = new Date(`${day}T00:00:00`);
  if (Number.isNaN(begin.getTime())) return null;
  const end = new Date(begin);
  end.setDate(end.getDate() + 1);
  return [begin, end];
}

/** The reader's time zone, by its name. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** A wish as the server is asked. */
export function asked(event, { q, style, booth, day }) {
  const query = { eventId: event };
  if (q.trim()) query.q = q.trim();
  if (style) query.styleId = style;
  if (booth) query.boothId = booth;
  const bounds = day ? dayBounds(day) : null;
  if (bounds) [query.since, query.before] = bounds.map((one) => one.toISOString());
  return query;
}

export class PictureList {
  /** `told(problem)` is called after each change; `tail(sessionId)` gives the last digits of a guest's number. */
  constructor(event, told, tail) {
    this.event = event;
    this.told = told;
    this.tail = tail;
    this.turn = 0;
    this.reset({ q: "", style: "", booth: "", day: "" }, false);
  }

  /** Starts anew with other filters. */
  reset(filters, load = true) {
    this.turn += 1;
    Object.assign(this, { filters, known: new Map(), waiting: new Map(), order: [], cursor: null, complete: false, begun: false, loading: false, wanted: 0, edge: null });
    if (load) this.load();
  }

  /** Says that the picture at this place is looked at: loads until it is there. */
  need(place) {
    this.wanted = Math.max(this.wanted, place);
    if (this.begun && !this.complete && this.order.length <= this.wanted) this.load();
  }

  async load() {
    if (this.loading || this.complete || !this.event) return;
    this.loading = true;
    const turn = this.turn;
    try {
      const query = new URLSearchParams({ ...asked(this.event, this.filters), limit: PAGE, ...(this.cursor ? { cursor: this.cursor } : {}) });
      const { data } = await call("GET", `/gallery?${query}`);
      if (turn !== this.turn) return;
      for (const item of data.items) {
        const before = this.known.get(item.id);
        if (!before || before.revision < item.revision) this.known.set(item.id, item);
      }
      this.edge = data.items.at(-1) ?? this.edge;
      this.cursor = data.nextCursor;
      this.complete = !data.nextCursor;
      this.begun = true;
      this.loading = false;
      this.sort();
      this.told(null);
      this.need(this.wanted);
    } catch (error) {
      if (turn !== this.turn) return;
      this.loading = false;
      this.told(error);
    }
  }

  sort() { this.order = [...this.known.values()].sort(newestFirst); }

  /** Takes what the board knows. `hold`: what is new waits, because somebody looks further down. */
  merge(rows, hold) {
    if (!this.begun) return false;
    let changed = false;
    for (const row of rows) {
      const before = this.known.get(row.id) ?? this.waiting.get(row.id);
      if (before ? before.revision >= row.revision : !isPicture(row)) continue;
      const stays = isPicture(row) && this.matches(row);
      if (before && !stays) { this.known.delete(row.id); this.waiting.delete(row.id); changed = true; continue; }
      if (!stays || (!before && !this.reached(row))) continue;
      (this.known.has(row.id) || !hold ? this.known : this.waiting).set(row.id, row);
      changed = true;
    }
    if (!hold && this.waiting.size) changed = this.show() || changed;
    if (changed) this.sort();
    return changed;
  }

  /** Takes out what is gone for good. */
  drop(ids) {
    if (!ids.size) return false;
    let changed = false;
    for (const pile of [this.known, this.waiting]) for (const id of pile.keys()) if (ids.has(id)) { pile.delete(id); changed = true; }
    if (changed) this.sort();
    return changed;
  }

  /** Lets in what waited. */
  show() {
    for (const [id, row] of this.waiting) this.known.set(id, row);
    this.waiting.clear();
    this.sort();
    return true;
  }

  /** Whether a picture belongs among those that are loaded already; older ones come with their page. */
  reached(row) { return this.complete || !this.edge || newestFirst(row, this.edge) < 0; }

  matches(row) {
    const { q, style, booth, day } = this.filters;
    if (style && (row.mode === ORIGINAL ? ORIGINAL : row.styleId) !== style) return false;
    if (booth && (row.boothId ?? NO_BOOTH) !== booth) return false;
    const bounds = day ? dayBounds(day) : null;
    if (bounds && (moment(row) < bounds[0] || moment(row) >= bounds[1])) return false;
    const wanted = q.trim().toLowerCase();
    if (!wanted) return true;
    const digits = digitsOf(q);
    return row.code.toLowerCase() === wanted || row.guestName.toLowerCase().includes(wanted) || Boolean(digits && digits.length <= 4 && this.tail(row.sessionId)?.endsWith(digits));
  }
}
