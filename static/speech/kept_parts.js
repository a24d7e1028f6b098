/** Parts of recordings wait in IndexedDB until the server has them, so that neither a reload nor a dead network loses them. */
const DATABASE = "kongming-recordings";

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore("recordings", { keyPath: "id" });
      request.result.createObjectStore("parts", { keyPath: ["recording", "offset"] });
    });
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
  return opened;
}

/** Answers when the transaction is on the disk, with the result of the request that `change` makes. */
async function inTransaction(names, mode, change) {
  const transaction = (await database()).transaction(names, mode, { durability: "strict" });
  return new Promise((resolve, reject) => {
    const request = change(...names.map((name) => transaction.objectStore(name)));
    transaction.addEventListener("complete", () => resolve(request?.result));
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
}

const partsOf = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** `recording`: {id, owner, creation, address, mimeType, startedAt, milliseconds, size, isEnded}. */
export const keepRecording = (recording) =>
  inTransaction(["recordings"], "readwrite", (recordings) => recordings.put(recording));

/**
 * The part and what the recording has become with it, both or neither. The recording grows here and not before: whatever
 * else is kept of it meanwhile must not tell of a part that a reload may still lose.
 */
export const keepPart = (recording, part, milliseconds) =>
  inTransaction(["recordings", "parts"], "readwrite", (recordings, parts) => {
    parts.put({ recording: recording.id, offset: recording.size, part });
    recording.size += part.size;
    recording.milliseconds = milliseconds;
    return recordings.put(recording);
  });

export const keptRecordings = () =>
  inTransaction(["recordings"], "readonly", (recordings) => recordings.getAll());

/** In their order: [{offset, part}]. */
export const keptParts = (id, most) =>
  inTransaction(["parts"], "readonly", (parts) => parts.getAll(partsOf(id), most));

/** The server has everything before `offset`. */
export const forgetPartsBefore = (id, offset) =>
  inTransaction(["parts"], "readwrite", (parts) => parts.delete(IDBKeyRange.bound([id, 0], [id, offset], false, true)));

export const forgetRecording = (id) =>
  inTransaction(["recordings", "parts"], "readwrite", (recordings, parts) => {
    parts.delete(partsOf(id));
    return recordings.delete(id);
  });
