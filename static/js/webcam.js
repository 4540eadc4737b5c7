/** The booth's webcam: the stream of the chosen device, shared by the shutter and the code scanner of one page. */

const WHY = { NotAllowedError: "CAMERA_DENIED", SecurityError: "CAMERA_DENIED", NotFoundError: "CAMERA_NONE", OverconstrainedError: "CAMERA_NONE", NotReadableError: "CAMERA_BUSY", AbortError: "CAMERA_BUSY" };

export const kept = (name, fallback) => { try { return localStorage.getItem(`pb.${name}`) ?? fallback; } catch { return fallback; } };
export const keep = (name, value) => { try { localStorage.setItem(`pb.${name}`, value); } catch { /* private mode */ } };

let live = null;

const open = (id) => navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, height: { ideal: 1080 }, ...(id ? { deviceId: { exact: id } } : {}) }, audio: false });

/** Exactly the camera that was chosen, for a mere wish some browsers take another; where its id is known no more, the
 * one of its name (ids end with cookies and private windows); else any. */
async function openChosen(id, name) {
  if (!id) return open();
  try { return await open(id); } catch (error) { if (error.name !== "OverconstrainedError") throw error; }
  const named = async () => (name && (await webcams(() => "")).find((one) => one.label === name)?.id) || "";
  const known = await named();
  if (known) return open(known);
  const any = await open(); // names are told only now
  const found = await named();
  if (!found || any.getVideoTracks()[0].getSettings().deviceId === found) return any;
  closeWebcam(any);
  return open(found);
}

/** Opens the remembered camera. Throws `{ code }` of our error words. */
export async function openWebcam(device = kept("camera", ""), name = kept("cameraName", "")) {
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error("insecure"), { code: "CAMERA_INSECURE" });
  try {
    return (live = await openChosen(device, name));
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
