/** The booth's webcam: the stream of the chosen device, shared by the shutter and the code scanner of one page. */

const WHY = { NotAllowedError: "CAMERA_DENIED", SecurityError: "CAMERA_DENIED", NotFoundError: "CAMERA_NONE", OverconstrainedError: "CAMERA_NONE", NotReadableError: "CAMERA_BUSY", AbortError: "CAMERA_BUSY" };

export const kept = (name, fallback) => { try { return localStorage.getItem(`pb.${name}`) ?? fallback; } catch { return fallback; } };
export const keep = (name, value) => { try { localStorage.setItem(`pb.${name}`, value); } catch { /* private mode */ } };

let live = null;

/** Opens the remembered camera. Throws `{ code }` of our error words. */
export async function openWebcam(device = kept("camera", "")) {
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error("insecure"), { code: "CAMERA_INSECURE" });
  try {
    const video = { width: { ideal: 1920 }, height: { ideal: 1080 }, ...(device ? { deviceId: { ideal: device } } : {}) };
    return (live = await navigator.mediaDevices.getUserMedia({ video, audio: false }));
  } catch (error) {
    throw Object.assign(new Error(error.name), { code: WHY[error.name] ?? "CAMERA_BUSY" });
  }
}

/** A stream of the camera beside the one that may be open already: some systems give a camera out only once. */
export const borrowWebcam = async () => (live?.active ? live.clone() : openWebcam());

export function closeWebcam(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The cameras that are there; `unnamed(n)` are the words for one that keeps its name to itself. */
export async function webcams(unnamed) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((one) => one.kind === "videoinput").map((one, index) => ({ id: one.deviceId, label: one.label || unnamed(index + 1) }));
}

/** What the video shows now as a JPEG, `edge` pixels long at most; null where it shows nothing. Never mirrored. */
export function grab(video, { edge = Infinity, quality = 0.94 } = {}) {
  const scale = Math.min(1, edge / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  if (!canvas.width || !canvas.height) return Promise.resolve(null);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
}
