// What the page asks of its server. Every answer that is no success comes as an Error with the sentence to show.
let base = "";
let told = () => {};

async function answer(response) {
  if (response.ok) return response.status === 204 ? null : response.json();
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error || `the server answered ${response.status}`);
}

async function request(path, options) {
  try {
    return await answer(await fetch(path, options));
  } catch (error) {
    if (error instanceof TypeError) throw new Error("eyecandy does not answer; is it still running in the terminal?");
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
  events.onmessage = (event) => told(JSON.parse(event.data));
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) told({ gone: true, jobs: [] }); };
}

export const at = (path) => `${base}/${path}`;
export const get = (path) => request(at(path));
export const post = (path, body = {}) =>
  request(at(path), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
export const upload = (file, name) =>
  request(at(`pictures?name=${encodeURIComponent(name)}`), { method: "POST", body: file });
export const bring = (sample) => request(at(`pictures?sample=${encodeURIComponent(sample)}`), { method: "POST" });
