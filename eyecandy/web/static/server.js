// What the page asks of its server. Every answer that is no success comes as an Error with the sentence to show.
const SILENT = "eyecandy does not answer; is it still running in the terminal?";
const PATIENCE = 3000; // milliseconds that a connection may be away
let base = "";
let told = () => {};

async function answer(response, bare) {
  if (response.ok) return bare || response.status === 204 ? null : response.json();
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error || `the server answered ${response.status}`);
}

export async function request(path, options) {
  try {
    return await answer(await fetch(path, options), options?.method === "HEAD");
  } catch (error) {
    if (error instanceof TypeError) throw new Error(SILENT);
    throw error;
  }
}

export async function open() {
  const all = await request("visits", { method: "POST" });
  base = `visits/${all.visit}`;
  addEventListener("pagehide", () => navigator.sendBeacon(`${base}/close`));
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  return all;
}

export function listen(listener) {
  told = listener;
  const events = new EventSource(`${base}/events`);
  let waiting = 0;
  const gone = (text) => told({ gone: text, jobs: [] });
  events.onmessage = (event) => {
    clearTimeout(waiting);
    waiting = 0;
    told(JSON.parse(event.data));
  };
  events.onerror = () => { // the browser tries again, unless it was told that the page is no more
    if (events.readyState === EventSource.CLOSED) gone("the connection is lost; load the page again");
    else waiting ||= setTimeout(() => gone(SILENT), PATIENCE);
  };
}

export const at = (path) => `${base}/${path}`;
export const get = (path) => request(at(path));
export const head = (address) => request(address, { method: "HEAD" });
export const post = (path, body = {}) =>
  request(at(path), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
export const upload = (file, name) =>
  request(at(`pictures?name=${encodeURIComponent(name)}`), { method: "POST", body: file });
export const bring = (sample) => request(at(`pictures?sample=${encodeURIComponent(sample)}`), { method: "POST" });
