// The page: its photo, its two halves, and what they share.
import * as address from "./address.js";
import { Paint } from "./paint.js";
import { See } from "./see.js";
import * as server from "./server.js";
import { $, alertIn, arrows, copy, make, shortName, tile } from "./parts.js";

class Page {
  constructor(all) {
    this.all = all;
    this.start = address.read();
    this.picture = null;
    this.tab = "see";
    this.hasPainting = false;
    this.see = new See(this);
    this.paint = new Paint(this);
    this.listenToPeople();
    this.turn(this.start.tab);
    server.listen((told) => this.told(told));
    if (all.photos.includes(this.start.sample)) this.take(() => server.bring(this.start.sample), this.start.sample);
    this.layers();
  }

  told(news) {
    this.news = news;
    const { ready, gone, jobs } = news;
    this.ready = ready;
    $("ready").textContent = ready || gone ? "" : "The network is starting …";
    if (gone || this.lost) alertIn($("alert"), gone);
    this.lost = Boolean(gone);
    for (const job of jobs) (job.kind === "see" ? this.see : this.paint).told(job);
  }

  again() { // news of a job may come before the answer that names it
    if (this.news) this.told(this.news);
  }

  listenToPeople() {
    arrows($("tabs"));
    for (const tab of ["see", "paint"]) $(`tab-${tab}`).onclick = () => this.turn(tab);
    $("another").onclick = () => $("file").click();
    $("samples").hidden = this.all.photos.length === 0;
    $("samples").querySelector(".tiles").append(...this.all.photos.map((name) => tile(`samples/${name}`, shortName(name), () => this.take(() => server.bring(name), name))));
    for (const button of $("stage-switch").children) button.onclick = () => this.stage(button.dataset.stage);
    for (const button of document.querySelectorAll(".copy")) button.onclick = () => copy($(button.dataset.copy).textContent, button);
  }

  bring(file, name = file?.name) {
    if (!file) return undefined;
    if (file.size > this.all.upload_megabytes * 1e6) {
      return alertIn($("alert"), `${name} is larger than ${this.all.upload_megabytes} MB, the most that is taken; scale it down first`);
    }
    return this.take(() => server.upload(file, name), null);
  }

  async take(arriving, sample) {
    alertIn($("alert"), null);
    document.body.setAttribute("aria-busy", "true");
    try {
      const picture = await arriving();
      this.picture = picture;
      this.sample = sample;
      document.body.dataset.photo = "yes";
      $("another").textContent = "Another photo";
      $("name").textContent = picture.name;
      $("size").textContent = `${picture.width} × ${picture.height}`;
      $("notes").replaceChildren(...picture.notes.map((note) => make("li", { textContent: note })));
      $("photo-host").replaceChildren(make("img", { className: "plain", src: server.at(`pictures/${picture.id}/view.jpg`), alt: picture.name }));
      $("shown").style.setProperty("--ratio", picture.width / picture.height);
      this.hasPainting = false;
      this.see.forget();
      this.paint.progress.forget();
      this.stage("photo");
      if (this.first) this.paint.region = "";
      this.first = true;
      this.paint.where(this.paint.region);
      await this.see.look();
    } catch (error) { alertIn($("alert"), error); } finally { document.body.removeAttribute("aria-busy"); }
  }

  turn(tab) {
    this.tab = document.body.dataset.tab = tab;
    for (const each of ["see", "paint"]) {
      $(`tab-${each}`).setAttribute("aria-selected", String(each === tab));
      $(`tab-${each}`).tabIndex = each === tab ? 0 : -1;
      $(each).hidden = each !== tab;
    }
    this.stage(tab === "paint" && this.hasPainting ? "painting" : "photo");
    this.remember();
  }

  stage(shown) {
    document.body.dataset.stage = shown;
    const masked = Boolean($("mask-host").querySelector("img").getAttribute("src")) && this.tab === "see";
    const there = { photo: Boolean(this.picture), mask: masked, painting: this.hasPainting };
    for (const button of $("stage-switch").children) {
      button.hidden = !there[button.dataset.stage];
      button.setAttribute("aria-pressed", String(button.dataset.stage === shown));
    }
    $("stage-switch").hidden = !this.picture || !(masked || this.hasPainting);
  }

  seen() { this.remember(); }
  objectChosen(thing) { this.paint.objectChosen(thing); }
  networkChanged() { this.paint.changed(); this.layers(); }

  async layers() {
    if (!this.see.network.here) return;
    const { layers } = await server.get(`layers/${encodeURIComponent(this.see.looked)}`);
    $("layer-names").replaceChildren(...layers.map((name) => make("option", { value: name })));
  }

  remember() {
    if (!this.paint) return;
    const standard = this.see.looked === this.all.networks[0].name;
    address.write({
      tab: this.tab,
      sample: this.sample,
      network: standard ? null : this.see.looked,
      threshold: this.see.threshold,
      see: this.see.form.values(),
      ...(this.tab === "paint" ? { recipe: this.paint.recipe, region: this.paint.region, paint: this.paint.form.values(),
        paintings: ["style", "mirage"].includes(this.paint.recipe) ? this.paint.chosen : [] } : { paintings: [], paint: {} }),
    });
  }
}

// A photo may come before the server has said what the page holds: it waits, and is the page's first.
function listenForPhotos(bring) {
  $("file").onchange = () => { bring($("file").files[0]); $("file").value = ""; };
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files || [])].find((each) => each.type.startsWith("image/"));
    if (file) bring(file, file.name && file.name !== "image.png" ? file.name : "pasted.png");
  });
  let inside = 0;
  const dragging = (change) => (event) => {
    if (![...(event.dataTransfer?.types || [])].includes("Files")) return;
    event.preventDefault();
    inside = change === 0 ? 0 : Math.max(0, inside + change);
    document.body.classList.toggle("dragging", inside > 0);
  };
  addEventListener("dragenter", dragging(1));
  addEventListener("dragleave", dragging(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    dragging(0)(event);
    if (event.dataTransfer?.files.length) bring(event.dataTransfer.files[0]);
  });
}

const opening = server.open().then((all) => new Page(all));
listenForPhotos((...photo) => opening.then((page) => page.bring(...photo), () => {})); // that it did not open is said below
opening.then(() => { $("tabs").inert = false; }, (error) => alertIn($("alert"), error));
