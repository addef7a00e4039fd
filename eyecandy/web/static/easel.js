// The photo with its outlines, which takes strokes and clicks: by pointer, or by a cross that arrow keys move.
import { $ } from "./parts.js";

const SVG = "http://www.w3.org/2000/svg";
const STEP = 0.008; // of the photo's longest side that an arrow key moves the cross

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export class Easel {
  constructor(host, { paint, pick }) {
    Object.assign(this, { host, paint, pick, tool_: "point", width: 24, cross: null, points: null, scale: 1 });
    this.drawing = host.querySelector("svg");
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    host.addEventListener("pointerup", (event) => this.up(event));
    host.addEventListener("pointercancel", () => { this.points = null; this.settle(); });
    host.addEventListener("contextmenu", (event) => { if (this.tool_ !== "point") event.preventDefault(); });
    host.addEventListener("click", (event) => {
      const thing = event.target.closest?.(".thing");
      if (this.tool_ === "point" && thing) this.pick(Number(thing.dataset.id));
    });
  }

  set tool(name) {
    this.tool_ = name;
    this.cross = null;
    if (name !== "point") this.host.focus({ preventScroll: true });
    this.overlay();
  }

  get brushes() { return this.tool_ === "brush" || this.tool_ === "eraser"; }

  draw(sheet, chosen) {
    this.sheet = sheet;
    const [across, down] = sheet.box;
    this.host.style.setProperty("--ratio", sheet.width / sheet.height);
    this.drawing.setAttribute("viewBox", `0 0 ${across} ${down}`);
    // of two that overlap the smaller lies on top, and the chosen one above all
    const order = [...sheet.objects].sort((one, other) => (one.id === chosen) - (other.id === chosen) || other.outline.length - one.outline.length);
    this.drawing.replaceChildren(...order.map((thing) => {
      const group = shape("g", { class: `${thing.status}${thing.id === chosen ? " chosen" : ""}` });
      group.append(shape("path", { class: "casing", d: thing.outline }), shape("path", { class: "thing", "fill-rule": "evenodd", d: thing.outline, "data-id": thing.id }));
      return group;
    }), shape("g", { id: "overlay" }));
    $("badges").replaceChildren(...sheet.objects.map((thing, index) => {
      const path = this.drawing.querySelector(`[data-id="${thing.id}"]`);
      const box = path.getBBox();
      const badge = document.createElement("span");
      badge.className = `badge${thing.id === chosen ? " chosen" : ""}`;
      badge.textContent = `${index + 1} ${thing.name}${{ open: "", accepted: " ✓", rejected: " ✕" }[thing.status]}`;
      Object.assign(badge.style, { left: `${100 * box.x / across}%`, top: `${100 * box.y / down}%` });
      return badge;
    }));
    this.overlay();
  }

  place(event) { // in the photo's own pixels
    const box = this.host.getBoundingClientRect();
    const inside = (value, most) => Math.max(0, Math.min(value, most - 0.01));
    return [inside((event.clientX - box.left) / box.width * this.sheet.width, this.sheet.width),
      inside((event.clientY - box.top) / box.height * this.sheet.height, this.sheet.height)];
  }

  // Half the brush's width, in the photo's pixels: the width is told in those of the screen, as it is seen.
  get radius() { return Math.max(0.5, this.width / 2 * this.sheet.width / this.host.getBoundingClientRect().width); }

  belongs(event) {
    const adds = this.tool_ === "brush" || this.tool_ === "more";
    return event.shiftKey || event.button === 2 ? !adds : adds;
  }

  down(event) {
    if (this.tool_ === "point" || ![0, 2].includes(event.button) || !this.sheet) return;
    event.preventDefault();
    this.host.focus({ preventScroll: true });
    this.host.setPointerCapture(event.pointerId);
    this.adds = this.belongs(event);
    this.points = [this.place(event)];
    this.overlay();
  }

  move(event) {
    if (this.tool_ === "point" || !this.sheet) return;
    const at = this.place(event);
    this.cross = at;
    const last = this.points?.at(-1);
    if (last && this.brushes && Math.hypot(at[0] - last[0], at[1] - last[1]) > this.radius / 6) this.points.push(at);
    this.overlay();
  }

  up() {
    if (!this.points) return;
    const points = this.points.map((point) => point.map((value) => Math.round(100 * value) / 100));
    this.points = null;
    this.send(points, this.adds);
  }

  send(points, belongs) {
    this.pending = { points, belongs };
    this.overlay();
    this.paint(this.brushes ? { points, belongs, radius: this.radius } : { points: points.slice(0, 1), belongs });
  }

  settle() { // the server has answered, or the stroke was given up
    this.pending = null;
    this.overlay();
  }

  key(event) { // whether it was one for the cross
    if (this.tool_ === "point" || !this.sheet) return false;
    const { width, height } = this.sheet;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      const far = STEP * Math.max(width, height) * (event.shiftKey ? 8 : 1);
      const [x, y] = this.cross ?? [width / 2, height / 2];
      this.cross = [Math.max(0, Math.min(x + far * way[0], width - 0.01)), Math.max(0, Math.min(y + far * way[1], height - 0.01))];
      this.overlay();
      return true;
    }
    if (event.key !== " " || this.pending) return event.key === " ";
    this.cross ??= [width / 2, height / 2];
    this.send([this.cross], this.belongs({ shiftKey: event.shiftKey, button: 0 }));
    return true;
  }

  overlay() { // what is being painted, and the cross
    const layer = this.drawing.querySelector("#overlay");
    if (!layer || !this.sheet) return;
    const scale = this.sheet.box[0] / this.sheet.width;
    const at = (points) => points.map(([x, y]) => `${x * scale} ${y * scale}`).join("L");
    const parts = [];
    const stroke = this.points ? { points: this.points, belongs: this.adds } : this.pending;
    const radius = this.brushes ? this.radius * scale : 5;
    if (stroke) {
      const line = at(stroke.points.length > 1 ? stroke.points : [stroke.points[0], stroke.points[0]]);
      parts.push(shape("path", { class: `stroke${stroke.belongs ? "" : " less"}`, d: `M${line}`, "stroke-width": 2 * radius }));
    }
    if (this.cross && this.tool_ !== "point") {
      const [x, y] = this.cross.map((value) => value * scale);
      parts.push(shape("circle", { class: "cross", cx: x, cy: y, r: radius }));
      if (!this.brushes) parts.push(shape("path", { class: "cross", d: `M${x - 12} ${y}H${x - 3}M${x + 3} ${y}H${x + 12}M${x} ${y - 12}V${y - 3}M${x} ${y + 3}V${y + 12}` }));
    }
    layer.replaceChildren(...parts);
  }

  zoom(by) {
    this.scale = by ? Math.max(1, Math.min(this.scale * by, 12)) : 1;
    const scroll = this.host.parentElement;
    const [x, y] = [(scroll.scrollLeft + scroll.clientWidth / 2) / scroll.scrollWidth, (scroll.scrollTop + scroll.clientHeight / 2) / scroll.scrollHeight];
    this.host.style.setProperty("--zoom", this.scale);
    scroll.scrollTo(x * scroll.scrollWidth - scroll.clientWidth / 2, y * scroll.scrollHeight - scroll.clientHeight / 2);
    this.overlay();
  }
}
