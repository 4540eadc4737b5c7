/** A picture taken and not yet sent, kept in this browser per booth, so that no reload can lose it. */

const STORE = "drafts";
const KEEP_HOURS = 12;
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("photobot", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "booth" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** One deed on the store; null where the browser keeps nothing (private mode, no room left). */
async function within(mode, deed) {
  try {
    const transaction = (await database()).transaction(STORE, mode);
    const request = deed(transaction.objectStore(STORE));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result ?? null);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } catch {
    return null;
  }
}

/** Keeps `{blob, key, wish, session, guestName, at}` as the booth's one unsent picture. */
export const keepDraft = (booth, { blob, key, wish, session, guestName, at }) => within("readwrite", (store) => store.put({ booth, blob, key, wish, session, guestName, at }));

/** Forgets the picture `key`: sent, or taken again. Another tab's newer picture stays. */
export async function dropDraft(booth, key) {
  const known = await within("readonly", (store) => store.get(booth));
  if (known?.key === key) await within("readwrite", (store) => store.delete(booth));
}

/** The booth's unsent picture or null; one from yesterday is a stranger's by now and is forgotten. */
export async function loadDraft(booth) {
  const draft = await within("readonly", (store) => store.get(booth));
  if (!draft) return null;
  if (draft.blob instanceof Blob && Date.now() - draft.at < KEEP_HOURS * 3600000) return draft;
  await dropDraft(booth, draft.key);
  return null;
}
