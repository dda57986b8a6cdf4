/* Clips on their way are kept on the phone until the computer has them whole: a filmed clip may exist nowhere else, and the
   page may be closed or thrown out of memory at any moment. Where the browser keeps no files (a private window), the page
   still knows how far it was, and asks for the clip again. */
const STORE = "clips", PREFIX = "formcheck-upload-";
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("formcheck", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
  return opened;
}

async function inStore(mode, work) {
  const store = (await database()).transaction(STORE, mode).objectStore(STORE), request = work(store);
  return new Promise((resolve, reject) => {
    store.transaction.oncomplete = () => resolve(request.result);
    store.transaction.onerror = store.transaction.onabort = () => reject(store.transaction.error);
  });
}

export async function keepFile(key, file) {
  try { await inStore("readwrite", (store) => store.put(file, key)); return true; } catch (error) { return false; }
}

export async function keptFile(key) {
  try { return (await inStore("readonly", (store) => store.get(key))) ?? null; } catch (error) { return null; }
}

export function keepRecord(key, record) {
  try { localStorage.setItem(PREFIX + key, JSON.stringify(record)); } catch (error) { /* private window: known until it closes */ }
}

export function keptRecords() {
  const found = [];
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX)) found.push({ key: name.slice(PREFIX.length), ...JSON.parse(localStorage.getItem(name)) });
    }
  } catch (error) { /* nothing is kept here */ }
  return found.sort((a, b) => a.begun - b.begun);
}

export function forget(key) {
  try { localStorage.removeItem(PREFIX + key); } catch (error) { /* nothing was kept */ }
  inStore("readwrite", (store) => store.delete(key)).catch(() => {});
}
