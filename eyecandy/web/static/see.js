// See: what the network sees in the photo, its objects, and every mask behind them.
import { Form } from "./form.js";
import * as server from "./server.js";
import { $, alertIn, bringBack, choose, make, spoken, tile, waitingText } from "./parts.js";

const FILES = [["figure.png", "Figure"], ["cutouts.zip", "Cut-outs"], ["masks.npz", "Masks"], ["objects.json", "COCO JSON"], ["explain.png", "All masks"]];
const FIRST = 6; // classes shown before "Show all"
const FIRST_EIGEN = 3;

export class See {
  constructor(page) {
    this.page = page;
    this.job = null;
    this.found = null;
    this.threshold = page.start.threshold;
    this.form = new Form($("see-form"), page.all.see, { onchange: () => this.look() });
    this.offerNetworks();
    this.form.set(page.start.see);
    $("threshold").addEventListener("input", () => this.cut(Number($("threshold").value)));
    $("more-classes").onclick = () => this.bars(this.classes, true);
    $("more-eigen").onclick = () => this.eigen(this.found.eigenmasks, true);
    $("photo-host").addEventListener("ec-select", (event) => this.selected(event.detail));
  }

  offerNetworks() {
    const select = make("select", { id: "network" }, ...this.page.all.networks.map(({ name, here }) =>
      make("option", { value: name, textContent: here ? name : `${name} (not here)` })));
    select.value = this.page.all.networks.some(({ name }) => name === this.page.start.network) ? this.page.start.network : this.page.all.networks[0].name;
    select.onchange = () => this.look();
    const missing = this.page.all.networks.find((each) => !each.here);
    $("see-alert").after(make("div", { className: "field" },
      make("label", { htmlFor: "network", textContent: "Backbone" }), select,
      make("p", { className: "hint" }, ...spoken(missing ? `The network that looks. \`eyecandy weights fetch ${missing.name}\` gets another.` : "The network that looks."))));
    this.looked = select.value;
  }

  get backbone() { return $("network").value; }
  get network() { return this.page.all.networks.find(({ name }) => name === this.backbone); }

  state(seen) { // "no", "looking" or "yes"; what is of yesterday cannot be used
    document.body.dataset.seen = seen;
    for (const element of [...$("see").querySelectorAll(".card:not(form)"), $("below-see"), $("threshold-field")]) {
      element.inert = seen !== "yes";
      element.classList.toggle("stale", seen === "looking");
    }
  }

  forget() { // another photo
    this.found = this.job = null;
    for (const id of ["objects", "classes", "eigenmasks"]) $(id).replaceChildren();
    for (const id of ["below-see", "threshold-field", "point", "more-eigen", "more-classes"]) $(id).hidden = true;
    $("mask-host").querySelector("img").removeAttribute("src");
    this.state("no");
  }

  async look() {
    if (!this.page.picture) return;
    const turn = this.turn = (this.turn || 0) + 1;
    const [network, asked] = [this.network, { picture: this.page.picture.id, options: this.form.values(), network: this.backbone }];
    try {
      alertIn($("see-alert"), null);
      const { job } = await server.post("see", asked);
      if (turn !== this.turn) return;
      this.job = job;
    } catch (error) { // what was found before stays
      if (turn === this.turn) alertIn($("see-alert"), error);
      return;
    }
    network.here = true; // it may have come since
    this.page.remember();
    this.fresh = false;
    this.state("looking");
    this.doing("Waiting");
    if (this.looked !== network.name) { this.looked = network.name; this.page.networkChanged(); }
    this.page.again();
  }

  async told(job) {
    if (job.id !== this.job) return;
    if (job.classes && !this.fresh) {
      this.fresh = true;
      this.bars(job.classes);
      $("classes").closest(".card").classList.remove("stale");
    }
    if (job.state === "waiting") this.doing(waitingText(job.place, this.page.ready));
    if (job.state === "working") this.doing(job.doing || "Looking");
    if (!["done", "failed", "cancelled"].includes(job.state)) return;
    this.job = null;
    this.doing("");
    if (job.state === "done") {
      this.last = job.id;
      await this.show().catch((error) => alertIn($("see-alert"), error));
    } else if (job.error) alertIn($("see-alert"), job.error);
    if (this.job === null) this.state(this.found ? "yes" : "no");
  }

  doing(text) {
    $("see-doing").textContent = text ? `${text.charAt(0).toUpperCase()}${text.slice(1)} …` : "";
  }

  async show() {
    const query = this.threshold === null ? "" : `?threshold=${this.threshold}`;
    const found = await server.get(`jobs/${this.last}/found${query}`);
    this.found = found;
    this.viewer(found.viewer);
    this.bars(found.classes);
    this.list(found);
    this.eigen(found.eigenmasks);
    const own = found.own_threshold ?? 0.5;
    $("threshold").value = own;
    $("threshold-out").textContent = Number(own).toFixed(2);
    $("see-command").textContent = found.command;
    this.downloads();
    $("below-see").hidden = $("threshold-field").hidden = false;
    $("point").hidden = found.objects.length === 0;
    $("threshold-hint").hidden = this.threshold === null;
    this.page.seen();
  }

  viewer(html) { // the photo itself stays where it is one already
    const fresh = make("div", { innerHTML: html }).firstElementChild;
    const before = $("photo-host").querySelector(".ec-viewer");
    if (before && before.querySelector("img").getAttribute("src") === fresh.querySelector("img").getAttribute("src")) {
      before.querySelector(".ec-drawing")?.remove();
      const drawing = fresh.querySelector(".ec-drawing");
      if (drawing) before.querySelector("img").after(drawing);
      before.classList.remove("ec-lit");
    } else $("photo-host").replaceChildren(fresh);
  }

  list({ objects, nothing }) { // a mask that does not reach the slider's threshold leaves no object
    const viewer = () => $("photo-host").querySelector(".ec-viewer");
    const rows = objects.map((thing, index) => {
      const button = make("button", { type: "button", attributes: { "aria-pressed": "false" } },
        make("b", { textContent: thing.word }), make("span", { className: "score", textContent: thing.score.toFixed(2) }),
        make("span", { className: "detail", textContent: thing.label }));
      const light = (on) => () => { this.page.stage("photo"); window.eyecandyViewer.light(viewer(), on ? index : null); };
      button.onpointerenter = light(true);
      button.onpointerleave = light(false);
      button.onfocus = () => button.matches(":focus-visible") && light(true)();
      button.onblur = light(false);
      button.onclick = () => window.eyecandyViewer.select(viewer(), button.getAttribute("aria-pressed") === "true" ? null : index);
      return make("li", {}, button);
    });
    const none = make("li", { className: "none", textContent: this.threshold === null ? `${nothing[0].toUpperCase()}${nothing.slice(1)}.` : `No mask reaches ${this.threshold.toFixed(2)}.` });
    $("objects").replaceChildren(...(rows.length ? rows : [none]));
  }

  selected(index) {
    const buttons = [...$("objects").querySelectorAll("button")];
    choose(buttons, index === null ? null : buttons[index], "aria-pressed");
    this.page.objectChosen(index === null ? null : this.found.objects[index]);
  }

  bars(classes, all = false) {
    this.classes = classes;
    const shown = all ? classes : classes.slice(0, FIRST);
    $("classes").replaceChildren(...shown.map((seen, index) => {
      const button = make("button", { type: "button", attributes: { "aria-pressed": "false" } },
        make("span", { textContent: seen.label }), make("span", { className: "value", textContent: seen.probability.toFixed(2) }),
        make("span", { className: "track" }, make("i", { style: `width:${100 * seen.probability}%` })));
      button.onclick = () => this.mask(button, `class-${index}-both`, seen.label, `the pixels that speak for it, probability ${seen.probability.toFixed(3)}`);
      return make("li", {}, button);
    }));
    $("more-classes").hidden = all || classes.length <= FIRST;
    $("more-classes").textContent = `Show all ${classes.length}`;
  }

  eigen(eigenmasks, all = false) {
    const shown = all ? eigenmasks : eigenmasks.slice(0, FIRST_EIGEN);
    $("more-eigen").hidden = shown.length === eigenmasks.length;
    $("more-eigen").textContent = `Show all ${eigenmasks.length}`;
    const top = (side) => side.top.map((seen) => `${seen.label} ${seen.probability.toFixed(2)}`).join(", ");
    $("eigenmasks").replaceChildren(...shown.map((one, index) => {
      const explained = `${(100 * one.ratio).toFixed(1)} % of the variance`;
      const sides = [["both", "Both sides", `${explained}; + is red, − is blue`],
        ["plus", `+ ${one.plus.said}`, top(one.plus)], ["minus", `− ${one.minus.said}`, top(one.minus)]];
      const parts = sides.map(([part, title, detail]) => {
        const made = tile(server.at(`jobs/${this.last}/masks/eigen-${index}-${part}.jpg`), title, null, false);
        made.title = detail;
        made.onclick = () => this.mask(made, `eigen-${index}-${part}`, `Eigen-mask ${index + 1}`, [title, detail].filter(Boolean).join("; "));
        return made;
      });
      return make("li", {}, make("p", { className: "title" }, `Eigen-mask ${index + 1}`, make("span", { textContent: explained })),
        make("div", { className: "parts" }, ...parts));
    }));
  }

  mask(button, name, title, detail) {
    if (!this.last || !this.found) return;
    const buttons = document.querySelectorAll("#classes button, #eigenmasks button");
    if (button.getAttribute("aria-pressed") === "true") {
      choose(buttons, null, "aria-pressed");
      return this.page.stage("photo");
    }
    choose(buttons, button, "aria-pressed");
    const [image, caption] = [$("mask-host").querySelector("img"), $("mask-host").querySelector("figcaption")];
    image.src = server.at(`jobs/${this.last}/masks/${name}.jpg`);
    image.alt = `${title}: ${detail}`;
    caption.replaceChildren(make("b", { textContent: title }), `  ${detail}`);
    this.page.stage("mask");
    bringBack();
  }

  cut(threshold) { // one request at a time; the last position of the slider wins
    this.threshold = threshold;
    $("threshold-out").textContent = threshold.toFixed(2);
    this.page.stage("photo");
    if (this.cutting) return;
    this.cutting = (async () => {
      try {
        for (let done = null; done !== this.threshold;) {
          done = this.threshold;
          const found = await server.get(`jobs/${this.last}/found?threshold=${done}`);
          this.found = found;
          this.viewer(found.viewer);
          this.list(found);
        }
        this.downloads();
        $("threshold-hint").hidden = false;
        this.page.remember();
      } catch (error) { alertIn($("see-alert"), error); } finally { this.cutting = null; }
    })();
  }

  downloads() {
    const query = this.threshold === null ? "" : `?threshold=${this.threshold}`;
    $("see-downloads").replaceChildren(...FILES.map(([name, title]) =>
      make("a", { className: "quiet", href: server.at(`jobs/${this.last}/files/${name}${query}`), download: "", textContent: `↓ ${title}`, onclick: prepare })));
  }
}

async function prepare(event) { // of a large photo a file takes a while to make, and only then the browser shows something
  const link = event.currentTarget;
  if (link.dataset.made) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    alertIn($("see-alert"), null);
    await server.head(link.getAttribute("href"));
    link.dataset.made = "yes";
    link.click();
  } catch (error) { alertIn($("see-alert"), error); } finally { link.ariaBusy = "false"; }
}
