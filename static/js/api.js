/** Calls to our own API: JSON in and out, every failure as one error with a `code`, every call with a timeout. */

/** A refused or failed call; `code` is the API's, or OFFLINE, TIMEOUT; `facts` are the problem's own fields. */
export class ApiError extends Error {
  constructor(code, status = 0, facts = {}) {
    super(facts.detail ?? code);
    this.code = code;
    this.status = status;
    this.facts = facts;
    this.retryAfter = Number(facts.retryAfter) || 0;
    /** Whether trying the same again later makes sense. */
    this.passing = status === 0 || status === 429 || status >= 500;
  }
}

/** Random id from a strong source, also over plain HTTP where `crypto.randomUUID` is missing. */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** This browser's own id for rate limits; a guest's privacy is not touched by it. */
export function deviceId() {
  try {
    const known = localStorage.getItem("pb.device");
    if (known) return known;
    const made = randomId();
    localStorage.setItem("pb.device", made);
    return made;
  } catch {
    return randomId();
  }
}

export function problem(status, body) {
  let facts = {};
  try { facts = JSON.parse(body) ?? {}; } catch { /* not ours: a proxy's page */ }
  const code = typeof facts.code === "string" ? facts.code : status === 401 ? "NOT_SIGNED_IN" : status >= 500 ? "UNAVAILABLE" : "UNKNOWN";
  return new ApiError(code, status, facts);
}

/** Calls `/api/v1{path}`. Answers `{data, headers, status}`; throws ApiError. `seconds` is the timeout. */
export async function call(method, path, { json, body = json === undefined ? undefined : JSON.stringify(json), headers = {}, seconds = 15, keepalive = false } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      headers: { Accept: "application/json", ...(json === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body,
      credentials: "same-origin",
      signal: stop.signal,
      keepalive,
    });
    const text = await response.text();
    if (!response.ok) throw problem(response.status, text);
    return { data: text ? JSON.parse(text) : null, headers: response.headers, status: response.status };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(stop.signal.aborted ? "TIMEOUT" : "OFFLINE");
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a form with progress (0..1). Gives up after `quietSeconds` without a byte moving. */
export function upload(path, form, { headers = {}, onProgress = () => {}, quietSeconds = 30 } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const alive = () => { clearTimeout(timer); timer = setTimeout(() => request.abort(), quietSeconds * 1000); };
    const fail = (code) => () => { clearTimeout(timer); reject(new ApiError(code)); };
    request.open("POST", `/api/v1${path}`);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => { alive(); if (event.lengthComputable) onProgress(event.loaded / event.total); };
    request.onerror = fail("OFFLINE");
    request.onabort = fail("TIMEOUT");
    request.onload = () => {
      clearTimeout(timer);
      if (request.status < 200 || request.status >= 300) return reject(problem(request.status, request.responseText));
      try { resolve(JSON.parse(request.responseText)); } catch { reject(new ApiError("UNKNOWN", request.status)); }
    };
    alive();
    request.send(form);
  });
}
