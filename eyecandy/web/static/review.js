// The review of a results folder: what is shown, what is decided, by pointer and by keys.
import { $, alertIn, arrows, choose, make } from "./parts.js";
import { request } from "./server.js";
import { Easel } from "./easel.js";

const PHOTOS = "review/photos";
const state = { photos: [], sheet: null, chosen: null, formats: [], fresh: null };
const easel = new Easel($("sheet"), { paint, pick: select });
let working = Promise.resolve(); // one decision after the other: each is about the sheet that the last one gave

const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const place = (key = state.sheet?.key) => state.photos.findIndex((photo) => photo.key === key);
const chosen = () => state.sheet?.objects.find((thing) => thing.id === state.chosen) ?? null;
const picture = (photo, kind) => `${PHOTOS}/${photo.key}/${kind}.jpg?of=${photo.of}`;

function inTurn(work) {
  working = working.then(async () => {
    document.body.ariaBusy = "true";
    try {
      await work();
      alertIn($("alert"), null);
    } catch (error) {
      alertIn($("alert"), error);
    } finally {
      document.body.ariaBusy = "false";
    }
  });
  return working;
}

// Photos

async function begin() {
  const all = await request(PHOTOS);
  Object.assign(state, { photos: all.photos, formats: all.formats });
  $("folder").textContent = all.folder;
  document.title = `${all.folder} · review · eyecandy`;
  $("photos").replaceChildren(...state.photos.map((photo) => {
    const button = make("button", { type: "button", title: photo.name, onclick: () => open(photo.key) },
      make("img", { src: picture(photo, "thumbnail"), alt: "", loading: "lazy", decoding: "async" }), make("i"));
    return make("li", { data: { key: photo.key } }, button);
  }));
  state.photos.forEach(mark);
  beside(all);
  const asked = location.hash.slice(1);
  await show(place(asked) >= 0 ? asked : (state.photos.find((photo) => !photo.done) ?? state.photos[0]).key);
}

function mark(photo) {
  const tile = $("photos").children[place(photo.key)];
  const total = photo.open + photo.accepted + photo.rejected;
  tile.dataset.done = photo.done ? "yes" : "no";
  tile.querySelector("i").textContent = photo.done ? "✓" : total;
  const how = photo.done ? `decided, ${photo.accepted} accepted` : `${photo.open} of ${total} undecided`;
  tile.firstChild.setAttribute("aria-label", `${photo.name}, ${how}`);
}

function tally() {
  const done = state.photos.filter((photo) => photo.done).length;
  $("progress").max = state.photos.length;
  $("progress").value = done;
  $("tally").textContent = `${done} of ${state.photos.length} photos decided`;
}

const open = (key) => inTurn(() => show(key));

async function show(key) {
  take(await request(`${PHOTOS}/${key}`), true);
  const next = state.photos[place() + 1];
  if (next) new Image().src = picture(next, "view"); // it is there when it is asked for
}

function bring(tile) { // into sight among the photos; the page itself stays where it is
  const [strip, at] = [$("photos").parentElement, tile.getBoundingClientRect()];
  const box = strip.getBoundingClientRect();
  strip.scrollBy(Math.min(0, at.left - box.left) + Math.max(0, at.right - box.right), Math.min(0, at.top - box.top) + Math.max(0, at.bottom - box.bottom));
}

function step(by) {
  const next = state.photos[place() + by];
  if (next) open(next.key);
}

function undecided() { // the next one, from here on and then from the start
  const at = place();
  return [...state.photos.slice(at + 1), ...state.photos.slice(0, at)].find((photo) => !photo.done);
}

function beside({ names, undo, redo }) {
  $("names").replaceChildren(...names.map((value) => make("option", { value })));
  $("undo").disabled = !undo;
  $("redo").disabled = !redo;
  tally();
}

// A sheet as the server tells it: shown, and kept as the one that decisions are about.
function take(sheet, another = false) {
  const before = state.sheet;
  state.sheet = sheet;
  Object.assign(state.photos[place()], sheet);
  if (another || before?.key !== sheet.key) {
    const first = sheet.objects.find((thing) => thing.status === "open") ?? sheet.objects[0];
    state.chosen = first?.id ?? null;
    state.fresh = null;
    tool("point");
    $("name").textContent = sheet.name;
    $("size").textContent = `${sheet.width} × ${sheet.height}`;
    $("photo").src = picture(sheet, "view");
    $("photo").alt = sheet.name;
    history.replaceState(null, "", `#${sheet.key}`);
    for (const tile of $("photos").children) tile.firstChild.setAttribute("aria-current", String(tile.dataset.key === sheet.key));
    bring($("photos").children[place()]);
    $("previous").disabled = place() === 0;
    $("next").disabled = place() === state.photos.length - 1;
  }
  mark(state.photos[place()]);
  beside(sheet);
  draw();
}

// Objects

function draw() {
  const { objects } = state.sheet;
  easel.draw(state.sheet, state.chosen);
  $("objects").replaceChildren(...objects.map(row));
  $("none").hidden = objects.length > 0;
  $("done").firstChild.textContent = objects.some((thing) => thing.status === "open") ? "Accept the rest, next " : "Next undecided ";
}

function row(thing, index) {
  const how = [thing.label === thing.name ? null : thing.label, thing.score === null ? null : thing.score.toFixed(2),
    thing.repainted ? "mended" : null].filter(Boolean).join(" · ");
  const pick = make("button", { type: "button", className: "pick", onclick: () => select(thing.id), ondblclick: rename, attributes: { "aria-pressed": String(thing.id === state.chosen) } },
    make("span", { className: "number", textContent: index + 1 }), make("b", { textContent: thing.name }), make("span", { className: "detail", textContent: how }),
    make("span", { className: "sight-less", textContent: thing.status === "open" ? "undecided" : thing.status }));
  const act = (status, sign, word) => make("button", { type: "button", textContent: sign, title: word, data: { act: status },
    attributes: { "aria-label": `${word} ${thing.name} ${index + 1}`, "aria-pressed": String(thing.status === status) },
    onclick: () => decide({ status: thing.status === status ? "open" : status }, thing.id) });
  const again = make("button", { type: "button", textContent: "✎", title: "Rename", attributes: { "aria-label": `Rename ${thing.name} ${index + 1}` },
    onclick: () => { select(thing.id); rename(); } });
  return make("li", { className: `${thing.status}${thing.id === state.chosen ? " chosen" : ""}` }, pick,
    make("div", { className: "acts" }, act("accepted", "✓", "Accept"), act("rejected", "✕", "Reject"), again));
}

function select(id) {
  state.chosen = id;
  state.fresh = null;
  const held = focused();
  draw();
  restore(held);
  const thing = chosen();
  if (thing) say(`${thing.name}, ${thing.status === "open" ? "undecided" : thing.status}`);
}

// A list that is made anew takes the focus with it, unless it is given back.
const focused = () => [...$("objects").querySelectorAll("button")].indexOf(document.activeElement);
const restore = (index) => { if (index >= 0) $("objects").querySelectorAll("button")[index]?.focus(); };

function move(by) {
  const { objects } = state.sheet;
  if (!objects.length) return;
  const at = objects.findIndex((thing) => thing.id === state.chosen);
  select(objects[(at + by + objects.length) % objects.length].id);
}

const say = (text) => { $("saved").textContent = text; };

function decide(change, id = state.chosen) {
  return inTurn(async () => {
    const thing = state.sheet.objects.find((each) => each.id === id);
    if (!thing) return;
    state.chosen = id;
    const held = focused();
    take(await post(`${PHOTOS}/${state.sheet.key}/decide`, { of: state.sheet.of, turn: state.sheet.turn, changes: { [id]: change } }));
    restore(held);
    say(change.name ? `Renamed to ${change.name}; saved` : `${thing.name}: ${change.status === "open" ? "undecided" : change.status}; saved`);
  });
}

function finish() { // accepts what is undecided, and goes on
  return inTurn(async () => {
    const { key, of, turn, objects, done } = state.sheet;
    const open = objects.filter((thing) => thing.status === "open");
    if (!done) {
      const changes = Object.fromEntries(open.map((thing) => [thing.id, { status: "accepted" }]));
      take(await post(`${PHOTOS}/${key}/decide`, { of, turn, changes, seen: true }));
    }
    const next = undecided();
    if (next) await show(next.key);
    else say("All photos are decided. S exports what was accepted.");
  });
}

function turnBack(way) {
  return inTurn(async () => {
    const { key } = await post(`review/${way}`, {});
    if (key) await show(key);
    else if (place() >= 0) await show(state.sheet.key);
    say(way === "undo" ? "Taken back; saved" : "Done again; saved");
  });
}

// Names

function ask(title, value, then) {
  $("naming-title").textContent = title;
  $("naming-name").value = value;
  $("naming").returnValue = "";
  $("naming").showModal();
  $("naming-name").select();
  $("naming").onclose = () => {
    const name = $("naming-name").value.trim();
    if ($("naming").returnValue === "yes" && name) then(name);
  };
}

function rename() {
  const thing = chosen();
  if (thing) ask(`Rename ${thing.name}`, thing.name, (name) => { if (name !== thing.name) decide({ name }, thing.id); });
}

function fresh() {
  ask("What is the new object?", $("names").options[0]?.value ?? "", (name) => {
    select(null);
    state.fresh = name;
    tool("more");
    say(`Click or paint the ${name}`);
  });
}

// Masks

const HINTS = {
  point: "Choose an object on the photo, or by ↓ and ↑.",
  brush: "Paint what belongs to the object. Shift or the right button takes away; [ and ] change the width.",
  eraser: "Paint what does not belong to it. Shift or the right button adds.",
  more: "Click something that belongs to the object: the mask goes on as far as the picture says.",
  less: "Click something in the mask that does not belong to the object.",
};

function tool(name) {
  document.body.dataset.tool = name;
  const buttons = [...$("tools").children];
  const button = buttons.find((each) => each.dataset.tool === name);
  choose(buttons, button, "aria-checked");
  for (const each of buttons) each.tabIndex = each === button ? 0 : -1;
  $("tool-hint").textContent = HINTS[name];
  easel.tool = name;
}

function paint(stroke) {
  return inTurn(async () => {
    const { key, of, turn, objects } = state.sheet;
    if (state.chosen === null && state.fresh === null) throw new Error("choose an object first, or N for a new one");
    const whose = state.fresh === null ? { object: state.chosen } : { object: null, name: state.fresh };
    const known = objects.map((thing) => thing.id);
    try {
      const sheet = await post(`${PHOTOS}/${key}/paint`, { of, turn, stroke, ...whose });
      if (state.fresh !== null) state.chosen = sheet.objects.find((thing) => !known.includes(thing.id))?.id ?? null;
      state.fresh = null;
      take(sheet);
      say("Mask mended; saved");
    } finally {
      easel.settle();
    }
  });
}

// Export

function showExport() {
  if ($("exporting").open) return;
  const boxes = $("formats").querySelectorAll("label");
  if (!boxes.length) {
    $("formats").append(...state.formats.map((name, index) =>
      make("label", {}, make("input", { type: "checkbox", value: name, checked: index === 0 }), name)));
  }
  $("exported").textContent = "";
  alertIn($("export-alert"), null);
  $("exporting").showModal();
}

async function exportAccepted() {
  const formats = [...$("formats").querySelectorAll(":checked")].map((box) => box.value);
  const { value: by } = $("export-by").querySelector(":checked");
  $("export").disabled = true;
  $("exported").textContent = "Writing …";
  try {
    alertIn($("export-alert"), null);
    const { files, photos, objects, left } = await post("review/export", { formats, by });
    const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
    const rest = left ? ` Left out: ${many(left, "photo")} with something undecided.` : "";
    $("exported").textContent = `${many(objects, "object")} of ${many(photos, "photo")}, in ${files.join(", ")}.${rest}`;
  } catch (error) {
    $("exported").textContent = "";
    alertIn($("export-alert"), error);
  } finally { $("export").disabled = false; }
}

// Keys

const KEYS = {
  j: () => step(1), k: () => step(-1), ArrowRight: () => step(1), ArrowLeft: () => step(-1), PageDown: () => step(1), PageUp: () => step(-1),
  u: () => { const next = undecided(); if (next) open(next.key); },
  Enter: finish, ArrowDown: () => move(1), ArrowUp: () => move(-1),
  a: () => decide({ status: "accepted" }), x: () => decide({ status: "rejected" }), o: () => decide({ status: "open" }),
  r: rename, n: fresh, b: () => tool("brush"), e: () => tool("eraser"), c: () => tool("more"), v: () => tool("less"),
  Escape: () => tool("point"), "[": () => width(1 / 1.3), "]": () => width(1.3),
  z: () => turnBack("undo"), Z: () => turnBack("redo"), y: () => turnBack("redo"),
  "+": () => easel.zoom(1.4), "=": () => easel.zoom(1.4), "-": () => easel.zoom(1 / 1.4), 0: () => easel.zoom(0),
  m: () => { document.body.dataset.masks = document.body.dataset.masks === "off" ? "on" : "off"; },
  s: showExport, "?": () => $("help").showModal(),
};

function width(by) {
  const input = $("width");
  input.value = Math.round(Math.max(Number(input.value) * by, Number(input.value) + (by > 1 ? 1 : -1)));
  easel.width = Number(input.value);
}

addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.altKey || document.querySelector("dialog[open]") || target.matches("input, select, textarea")) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    return turnBack(event.shiftKey ? "redo" : "undo");
  }
  if (target.matches("button, a") && ["Enter", " "].includes(event.key)) return; // it has a meaning of its own there
  if (target.closest("[role=radiogroup]") && event.key.startsWith("Arrow")) return;
  if (easel.key(event)) return event.preventDefault();
  const digit = /^[1-9]$/.test(event.key) ? state.sheet?.objects[Number(event.key) - 1] : null;
  const act = digit ? () => select(digit.id) : KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!act || !state.sheet) return;
  event.preventDefault();
  act();
});

$("previous").onclick = () => step(-1);
$("next").onclick = () => step(1);
$("undo").onclick = () => turnBack("undo");
$("redo").onclick = () => turnBack("redo");
$("done").onclick = finish;
$("new").onclick = fresh;
$("export-open").onclick = showExport;
$("export").onclick = exportAccepted;
$("help-open").onclick = () => $("help").showModal();
$("width").oninput = () => { easel.width = Number($("width").value); };
for (const button of document.querySelectorAll("[data-close]")) button.onclick = () => button.closest("dialog").close("");
for (const button of $("tools").children) button.onclick = () => tool(button.dataset.tool);
arrows($("tools"));
document.querySelector("main").addEventListener("click", (event) => { // a key after a click is meant for the photo
  if (event.detail > 0) event.target.closest("button")?.blur();
});
easel.width = Number($("width").value);
inTurn(begin);
