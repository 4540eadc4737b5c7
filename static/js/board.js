/**
 * The page's one live connection: rows by kind and id, never an older revision over a newer one.
 *
 * Frames come from /ws/board. A gap in `seq` asks for a snapshot; silence or a closed socket reconnects with
 * jitter; `link` says at any time how old the data is. Components only listen.
 */

import { gathered } from "./gathered.js";
import { everySecond } from "./ticker.js";

const STALE_SECONDS = 3;
const DEAD_SECONDS = 8;
const ANSWER_MS = 5000;
const CALM_MS = 20; // the server gathers for 30 ms itself
const LATE_MS = 100; // a page nobody looks at draws no frames
const DELETED_MAX = 5000;
const key = (kind, id) => `${kind}:${id}`;

export class Board {
  constructor({ event, booth = null, watch = false, every = false }) {
    this.rows = new Map();
    this.deleted = new Set(); // what is gone for good, also of rows that were not here: a gallery shows older ones
    this.link = { state: "connecting", age: 0 };
    this.ready = false;
    this.listeners = new Set();
    this.linkListeners = new Set();
    this.untold = new Set();
    this.told = 0;
    this.telling = false;
    this.seq = null;
    this.rest = null;
    this.epoch = 0; // how many snapshots there were
    this.asked = 0;
    this.answered = -Infinity;
    this.tries = 0;
    this.heard = performance.now();
    this.serverAge = 0;
    this.serverFresh = true;
    this.skew = 0;
    if (!event && !watch && !every) return; // nothing to listen to yet: an installation without events
    const made = document.querySelector("meta[name=photobot-version]")?.content ?? "";
    const query = new URLSearchParams({ ...(event ? { event } : {}), ...(booth ? { booth } : {}), ...(watch ? { watch: 1 } : {}), v: made });
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/board?${query}`;
    everySecond(() => this.look());
    addEventListener("online", () => this.reconnect(0));
    addEventListener("pageshow", (shown) => { if (shown.persisted) this.reconnect(0); });
    this.connect();
  }

  /** The server's clock in milliseconds, so that a laptop's wrong clock shows no wrong times. */
  now() { return Date.now() + this.skew; }

  get(kind, id) { return this.rows.get(key(kind, id)); }

  /** All rows of a kind. */
  all(kind) {
    const found = [];
    for (const row of this.rows.values()) if (row.kind === kind) found.push(row);
    return found;
  }

  /** Calls `listener(kinds)` after each batch that changed something; `kinds` is a Set. Returns how to stop. */
  subscribe(listener) {
    this.listeners.add(listener);
    if (this.ready) listener(new Set(["job", "guest", "shot", "booth"]));
    return () => this.listeners.delete(listener);
  }

  /** Calls `listener(link)` when the connection's state or age changes. Returns how to stop. */
  onLink(listener) {
    this.linkListeners.add(listener);
    listener(this.link);
    return () => this.linkListeners.delete(listener);
  }

  connect() {
    clearTimeout(this.again);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.seq = null;
    this.rest = null; // a snapshot whose parts are still to come
    this.asked = 0;
    this.opened = performance.now();
    socket.onmessage = (message) => { if (socket === this.socket) this.take(JSON.parse(message.data)); };
    socket.onclose = (close) => { if (socket === this.socket) this.lost(close.code); };
  }

  lost(code) {
    this.socket = null;
    if (code === 4401 || code === 4403) {
      this.ended = true;
      this.setLink("signedOut", this.age());
      if (code === 4401) location.assign(`/login?${new URLSearchParams({ error: "SIGNED_OUT", next: location.pathname + location.search })}`);
      return;
    }
    this.setLink(this.ready ? "lost" : "connecting", this.age());
    this.reconnect(Math.min(10000, 400 * 2 ** this.tries) * (0.5 + Math.random()));
    this.tries += 1;
  }

  reconnect(delay) {
    if (this.ended || (this.socket && this.link.state === "live")) return;
    clearTimeout(this.again);
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.again = setTimeout(() => this.connect(), delay);
  }

  take(frame) {
    this.heard = performance.now();
    this.serverAge = frame.age ?? 0;
    this.serverFresh = frame.fresh ?? this.serverFresh;
    if (frame.at) this.skew = Date.parse(frame.at) - Date.now();
    this.answer(frame.at);
    if (frame.type === "snapshot") this.snapshot(frame);
    else if (frame.type === "delta") this.delta(frame);
    else if (frame.type === "tick") this.checkGap(frame.seq > this.seq);
    this.look();
  }

  /** Tells the server now and then which frame was just heard: so it knows how late its screens are. */
  answer(at) {
    if (!at || this.heard - this.answered < ANSWER_MS || this.socket?.readyState !== WebSocket.OPEN) return;
    this.answered = this.heard;
    this.socket.send(JSON.stringify({ type: "seen", at }));
  }

  snapshot(frame) {
    const kinds = new Set();
    this.rest = { left: frame.more ?? 0, named: new Set() };
    for (const row of frame.rows) if (this.put(row)) kinds.add(row.kind);
    this.part(frame, kinds);
    this.seq = frame.seq;
    this.epoch += 1;
    this.asked = 0;
    this.tries = 0;
    if (!this.ready) for (const kind of ["job", "guest", "shot", "booth"]) kinds.add(kind);
    this.ready = true;
    this.tell(kinds);
  }

  /** A part of a snapshot came: after the last one, what none of them named is gone. */
  part(frame, kinds) {
    const { named } = this.rest;
    for (const row of frame.rows ?? []) named.add(key(row.kind, row.id));
    if (this.rest.left-- > 0) return;
    this.rest = null;
    for (const [name, row] of this.rows) if (!named.has(name)) { this.rows.delete(name); kinds.add(row.kind); }
  }

  delta(frame) {
    const kinds = new Set();
    this.checkGap(this.seq !== null && frame.seq > this.seq + 1);
    if (this.seq === null || frame.seq > this.seq) this.seq = frame.seq;
    for (const row of frame.rows ?? []) if (this.put(row)) kinds.add(row.kind);
    for (const gone of frame.gone ?? []) if (this.rows.delete(key(gone.kind, gone.id))) kinds.add(gone.kind);
    if (this.rest) this.part(frame, kinds);
    this.tell(kinds);
  }

  /** Keeps a row unless a newer one is known. */
  put(row) {
    const name = key(row.kind, row.id);
    const known = this.rows.get(name);
    if (known && known.revision >= row.revision) return false;
    if (row.deleted) {
      if (this.deleted.size >= DELETED_MAX) this.deleted.clear();
      this.deleted.add(row.id);
      this.rows.delete(name);
      return true;
    }
    this.rows.set(name, Object.freeze(row));
    return true;
  }

  checkGap(gap) {
    if (!gap || this.asked || this.seq === null) return;
    this.asked = performance.now();
    this.socket?.send(JSON.stringify({ type: "snapshot" }));
  }

  /** Tells at once after a calm moment; what follows closely is told with the next frame, all of it together. */
  tell(kinds) {
    for (const kind of kinds) this.untold.add(kind);
    if (!this.untold.size || this.telling) return;
    if (performance.now() - this.told > CALM_MS) { this.tellNow(); return; }
    this.telling = true;
    requestAnimationFrame(() => this.tellNow());
    this.late = setTimeout(() => this.tellNow(), LATE_MS);
  }

  tellNow() {
    clearTimeout(this.late);
    const kinds = this.untold;
    if (!kinds.size) return;
    this.untold = new Set();
    this.telling = false;
    for (const listener of this.listeners) listener(kinds);
    queueMicrotask(() => { this.told = performance.now(); }); // behind what Vue draws now: a slow page gathers more
  }

  age() { return (performance.now() - this.heard) / 1000; }

  look() {
    if (this.ended) return;
    const silent = this.age();
    if (this.socket && silent > DEAD_SECONDS && performance.now() - this.opened > DEAD_SECONDS * 1000) return this.lost(0);
    if (this.asked && performance.now() - this.asked > 5000) return this.lost(0);
    if (!this.ready || !this.socket || this.socket.readyState !== WebSocket.OPEN || this.seq === null) return this.setLink(this.ready ? "lost" : "connecting", silent);
    const old = silent >= STALE_SECONDS || !this.serverFresh;
    return this.setLink(old ? "stale" : "live", this.serverFresh ? silent : silent + this.serverAge);
  }

  setLink(state, age) {
    const whole = Math.floor(age);
    if (state === this.link.state && whole === this.link.age) return;
    this.link = { state, age: whole };
    for (const listener of this.linkListeners) listener(this.link);
  }
}

let shared = null;

/** The page's board; the first caller's scope counts, there is one socket per page. */
export function board(scope) {
  shared ??= new Board(scope);
  return shared;
}

/**
 * For Vue components with a `scope` prop: `version` counts the batches that touched `watches`, `now` the seconds.
 * `gathers`: at least so many milliseconds lie between two counts; what comes meanwhile is counted together.
 */
export const boarded = {
  props: { scope: Object },
  data: () => ({ version: 0, now: Date.now(), link: { state: "connecting", age: 0 }, ready: false }),
  created() {
    this.now = this.board.now();
    const kinds = this.$options.watches ?? [];
    const count = gathered(this.$options.gathers ?? 0, () => { this.version += 1; this.now = this.board.now(); });
    this.stops = [
      this.board.subscribe((changed) => {
        this.ready = true;
        if (kinds.some((kind) => changed.has(kind))) count();
      }),
      count.stop,
      this.board.onLink((link) => { this.link = link; }),
      everySecond(() => { this.now = this.board.now(); }),
    ];
  },
  unmounted() { for (const stop of this.stops) stop(); },
  computed: { board() { return board(this.scope); } },
  methods: {
    rows(kind) { void this.version; return this.board.all(kind); },
  },
};
