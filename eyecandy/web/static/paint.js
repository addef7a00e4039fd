// Paint: a recipe on the photo, watched while it works.
import { Form } from "./form.js";
import { Progress } from "./progress.js";
import * as server from "./server.js";
import { $, alertIn, arrows, make, shortName, tile } from "./parts.js";

const KEPT = ["size", "iterations"]; // of what was filled in, when a preset is chosen

export class Paint {
  constructor(page) {
    this.page = page;
    this.progress = new Progress(page);
    this.pictures = page.all.paintings.map((name) => ({ name, sample: true, thumbnail: `samples/${name}` }));
    const recipe = page.all.paint[page.start.recipe] ? page.start.recipe : "style";
    const first = this.pictures.slice(0, 1).map(({ name }) => ({ name, weight: 1 }));
    const known = page.start.paintings.filter(({ name }) => this.pictures.some((p) => p.name === name));
    this.paintingsOf = Object.fromEntries(Object.entries(page.all.paint).filter(([, { paintings }]) => paintings !== null)
      .map(([name, { needs_paintings }]) => [name, needs_paintings ? [...first] : []]));
    if (known.length && recipe in this.paintingsOf) this.paintingsOf[recipe] = known;
    this.filledIn = {};
    this.region = page.start.region || "";
    this.buttons = Object.keys(page.all.paint).map((recipe) => make("button", {
      type: "button", textContent: page.all.paint[recipe].title, data: { recipe }, attributes: { role: "radio" },
      onclick: () => this.choose(recipe, this.filledIn[recipe] || {}) }));
    $("recipes").append(...this.buttons);
    arrows($("recipes"));
    $("go").onclick = () => this.go();
    $("region-not").onclick = () => this.where(this.region.startsWith("not ") ? this.region.slice(4) : `not ${this.region}`);
    $("region-off").onclick = () => { this.where(""); window.eyecandyViewer.select($("photo-host").querySelector(".ec-viewer"), null); };
    this.choose(recipe, page.start.paint);
  }

  get chosen() { return this.paintingsOf[this.recipe] || []; }

  choose(recipe, values, preset = null) {
    if (this.form) this.filledIn[this.recipe] = this.form.values();
    this.recipe = recipe;
    for (const button of this.buttons) {
      button.setAttribute("aria-checked", String(button.dataset.recipe === recipe));
      button.tabIndex = button.dataset.recipe === recipe ? 0 : -1;
    }
    $("paint-form").replaceChildren(make("h2", { textContent: "How" }));
    this.form = new Form($("paint-form"), this.page.all.paint[recipe].fields, { onchange: () => this.changed() });
    this.form.offerPictures(this.pictures);
    this.form.set(values);
    this.presets(preset);
    $("paintings-card").hidden = !(recipe in this.paintingsOf);
    $("paintings-title").textContent = this.page.all.paint[recipe].paintings || "";
    this.paintings();
    this.where(this.region);
  }

  presets(chosen) {
    const own = this.page.all.presets.filter((preset) => preset.recipe === this.recipe);
    $("presets").parentElement.hidden = own.length === 0;
    $("presets").replaceChildren(...own.map((preset) => tile(`static/presets/${preset.name}.jpg`, preset.title, () => {
      if (preset.paintings.length) this.paintingsOf[this.recipe] = preset.paintings.map((name) => ({ name, weight: 1 }));
      const kept = Object.entries(this.form.values()).filter(([name]) => KEPT.includes(name));
      this.choose(this.recipe, { ...Object.fromEntries(kept), ...preset.options }, preset);
      $("presets").querySelector('[aria-pressed="true"]')?.focus();
    }, preset === chosen)));
  }

  paintings() {
    const tiles = this.pictures.map((picture) => {
      const index = () => this.chosen.findIndex(({ name }) => name === picture.name);
      const made = tile(picture.thumbnail, shortName(picture.name), () => {
        if (index() < 0) this.chosen.push({ name: picture.name, weight: 1 });
        else this.chosen.splice(index(), 1);
        this.paintings();
        [...$("paintings").children].find((each) => each.title === made.title)?.focus();
        this.changed();
      }, index() >= 0);
      return made;
    });
    const file = make("input", { type: "file", accept: "image/*", className: "sight-less", onchange: () => this.bring(file.files[0]) });
    tiles.push(make("label", { className: "tile" }, file, make("span", { className: "plus", textContent: "+", attributes: { "aria-hidden": "true" } }),
      make("span", { textContent: "Your own" })));
    $("paintings").replaceChildren(...tiles);
    const weights = this.chosen.length < 2 ? [] : this.chosen.map((one, number) => {
      const output = make("output", { textContent: one.weight.toFixed(1) });
      const input = make("input", { id: `weight-${number}`, type: "range", min: 0, max: 2, step: 0.1, value: one.weight });
      input.oninput = () => { one.weight = Number(input.value); output.textContent = one.weight.toFixed(1); };
      input.onchange = () => this.changed();
      return make("div", { className: "field range" }, make("label", { htmlFor: input.id, textContent: `Weight of ${shortName(one.name)}` }), input, output);
    });
    $("weights").replaceChildren(...weights);
  }

  async bring(file) {
    if (!file) return;
    try {
      alertIn($("paint-alert"), null);
      const picture = await server.upload(file, file.name);
      this.pictures = this.pictures.filter(({ name }) => name !== picture.name);
      this.pictures.push({ ...picture, sample: false, thumbnail: server.at(`pictures/${picture.id}/thumb.jpg`) });
      if (!this.chosen.some(({ name }) => name === picture.name)) this.chosen.push({ name: picture.name, weight: 1 });
      this.form.offerPictures(this.pictures);
      this.paintings();
      this.changed();
    } catch (error) { alertIn($("paint-alert"), error); }
  }

  objectChosen(thing) {
    if (this.page.tab === "paint") this.where(thing === null ? "" : thing.word);
  }

  where(region) {
    this.region = region;
    const [not, word] = region.startsWith("not ") ? [true, region.slice(4)] : [false, region];
    $("region").textContent = region ? (not ? `Everywhere but: ${word}` : `Only: ${word}`) : "Everywhere.";
    $("region-not").hidden = $("region-off").hidden = !region;
    $("region-not").setAttribute("aria-pressed", String(not));
    $("region-card").hidden = !this.page.picture;
    this.changed();
  }

  async asked() {
    const ensure = async (name) => { // samples are brought when they are first needed
      const picture = this.pictures.find((each) => each.name === name);
      if (!picture.id) picture.id = (await server.bring(name)).id;
      return picture.id;
    };
    const options = this.form.values();
    if (options.guide) options.guide = await ensure(options.guide);
    if (this.region && this.page.picture) options.region = this.region;
    const paintings = [];
    if (this.recipe in this.paintingsOf) for (const { name, weight } of this.chosen) paintings.push({ picture: await ensure(name), weight });
    return { recipe: this.recipe, picture: this.page.picture?.id ?? null, paintings, options, network: this.page.see.looked };
  }

  async changed() {
    this.page.remember();
    const turn = this.turn = (this.turn || 0) + 1;
    const missing = !this.page.picture && this.page.all.paint[this.recipe].needs_photo ? "Choose a photo first; only a dream can begin without one." : "";
    $("go").disabled = Boolean(missing) || this.progress.busy;
    $("go-why").textContent = missing;
    $("go-why").hidden = !missing;
    if (missing) return this.command("");
    try {
      const { command } = await server.post("command", await this.asked());
      if (turn !== this.turn) return;
      this.command(command);
      alertIn($("paint-alert"), null);
      const names = [this.page.picture?.name, ...(this.recipe in this.paintingsOf ? this.chosen.map(({ name }) => name) : []), this.form.values().guide].filter(Boolean);
      $("paint-where").textContent = names.length ? `In the folder that holds ${names.join(", ")}.` : "";
    } catch (error) {
      if (turn !== this.turn) return;
      this.command("");
      alertIn($("paint-alert"), error);
    }
  }

  command(line) {
    $("paint-command").textContent = line;
    $("below-paint").hidden = !line;
  }

  async go() {
    try {
      $("go").disabled = true;
      alertIn($("paint-alert"), null);
      this.progress.begin((await server.post("paint", await this.asked())).job);
    } catch (error) {
      $("go").disabled = false;
      alertIn($("paint-alert"), error);
    }
  }

  told(job) {
    this.progress.told(job);
    $("go").disabled = this.progress.busy;
  }
}
