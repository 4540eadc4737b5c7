/** Reads a guest's QR code with the booth's camera: by the browser itself where it can, else the server reads frames. */

import { call } from "./api.js";
import { grab } from "./webcam.js";

const EVERY_MS = 350;
const SECONDS = 30;
const FRAME = { edge: 720, quality: 0.7 };

async function ownReader() {
  try {
    if (!("BarcodeDetector" in globalThis) || !(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}

/** One small frame to the server; nothing of it is kept there. Throws ApiError. */
async function askServer(video) {
  const frame = await grab(video, FRAME);
  if (!frame) return null;
  const { data } = await call("POST", "/codes/read", { body: frame, headers: { "Content-Type": "image/jpeg" }, seconds: 5 });
  return data.text;
}

/**
 * Looks until a code is read (its text), `stop.now` is set or half a minute is over (null). Throws an error with a `code`.
 * One frame at a time, so that a slow server is asked less often.
 */
export async function scanCode(video, stop) {
  const own = await ownReader();
  const end = performance.now() + SECONDS * 1000;
  while (!stop.now && performance.now() < end) {
    let text = null;
    if (own) text = await own(video).catch(() => null);
    if (text === null && !own) text = await askServer(video);
    if (text) return text;
    await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
  }
  return null;
}
