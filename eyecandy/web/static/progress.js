// A painting in the making: the picture so far, losses, time left, what a mirage is seen as; then before and after.
import * as server from "./server.js";
import { $, alertIn, bringBack, make, narrow, seconds, waitingText } from "./parts.js";

const LEAST = 0.005; // probability of the photo's classes that have a bar

export class Progress {
  constructor(page) {
    this.page = page;
    this.job = null;
    this.busy = false;
  }

  begin(job) {
    Object.assign(this, { job, busy: true, shown: 0, curve: [], before: this.page.picture, ended: false });
    if (!this.before) {
      document.body.dataset.dream = "yes";
      $("name").textContent = "Without a photo";
      $("another").textContent = "Choose a photo";
    }
    this.line = make("p", { attributes: { role: "status", "aria-live": "polite" }, textContent: "Waiting …" });
    this.cancel = make("button", { className: "quiet", type: "button", textContent: "Cancel", onclick: () => {
      this.cancel.disabled = true;
      this.cancel.textContent = "Cancelling";
      server.post(`jobs/${job}/cancel`).catch((error) => alertIn($("paint-alert"), error));
    } });
    this.bar = make("progress", { max: 1, value: 0, attributes: { "aria-label": "How far the picture is" } });
    this.losses = make("div", { className: "losses" });
    this.seen = make("ol", { className: "bars" });
    this.buttons = make("div", { className: "line" }, this.line, this.cancel);
    $("progress").replaceChildren(this.buttons, this.bar, this.losses, this.seen);
    $("progress").hidden = false;
    if (narrow.matches) bringBack();
    else $("progress").scrollIntoView({ block: "nearest" });
    this.page.again();
  }

  forget() { // what is made of another photo
    if (!this.busy) $("progress").hidden = true;
  }

  told(job) {
    if (job.id !== this.job || this.ended) return;
    if (job.state === "waiting") this.say(`${waitingText(job.place, this.page.ready)} …`);
    if (job.state === "working") this.working(job);
    if (["done", "failed", "cancelled"].includes(job.state)) this.end(job);
    if (job.seen_as) this.sightings(job);
  }

  say(text) {
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  working(job) {
    if (!job.iterations) return this.say(`${job.doing || "getting ready"} …`.replace(/^./, (c) => c.toUpperCase()));
    const scale = job.scales > 1 ? `, size ${job.scale} of ${job.scales}` : "";
    this.say(`${job.iteration} of ${job.iterations} steps${scale}, about ${seconds(job.seconds_left)} left`);
    this.bar.value = job.iteration / job.iterations;
    if (this.curve.at(-1)?.[0] !== job.iteration) this.curve.push([job.iteration, job.loss]);
    this.showLosses(job);
    if (job.preview > this.shown && !this.loading) {
      this.shown = job.preview;
      this.picture(server.at(`jobs/${job.id}/preview.jpg?${job.preview}`), "The picture so far");
    }
  }

  picture(source, alt) { // shown once it is there, so that nothing flickers
    this.loading = new Image();
    this.loading.onload = () => {
      if (!this.ended) this.host(this.loading, make("img", { className: "plain", src: source, alt }));
      this.loading = null;
    };
    this.loading.onerror = () => { this.loading = null; };
    this.loading.src = source;
  }

  host(image, shown) {
    $("painting-host").style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
    $("painting-host").replaceChildren(shown);
    this.page.hasPainting = true;
    this.page.stage("painting");
  }

  showLosses(job) {
    const values = this.curve.map(([, loss]) => loss).filter(Number.isFinite);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const points = this.curve.map(([step, loss]) => `${(100 * step) / job.iterations},${29 - (28 * (loss - least)) / (most - least || 1)}`).join(" ");
    const losses = Object.entries(job.losses).map(([name, value]) => make("span", { textContent: `${name} ${value.toPrecision(3)}` }));
    this.losses.innerHTML = '<svg class="curve" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label="The loss over the steps"><polyline/></svg>';
    this.losses.querySelector("polyline").setAttribute("points", points);
    this.losses.append(make("span", { textContent: `loss ${job.loss.toPrecision(3)}` }), ...losses);
  }

  sightings(job) { // what the photo is seen as, and how far the picture has come; the mark is the photo's own
    const [now, steps, first] = [job.seen_as.sought, job.seen_as.iteration, job.seen_as.classes[0].label];
    const told = steps ? `After ${steps} steps it is seen as ${first}; the marks are the photo's own.` : `The photo is seen as ${first}.`;
    const sought = job.photo_seen_as.map((seen, index) => [seen, index]).filter(([seen], place) => place === 0 || seen.probability >= LEAST);
    this.seen.replaceChildren(make("li", { className: "hint", textContent: told }), ...sought.map(([seen, index]) => make("li", { className: "row" },
        make("span", { textContent: seen.label }), make("span", { className: "value", textContent: steps ? `${now[index].probability.toFixed(2)} of ${seen.probability.toFixed(2)}` : seen.probability.toFixed(2) }),
        make("span", { className: "track" }, make("i", { style: `width:${100 * now[index].probability}%` }), make("u", { style: `left:${100 * seen.probability}%` })))));
  }

  async end(job) {
    this.ended = true;
    this.busy = false;
    this.bar.hidden = true;
    this.cancel.remove();
    if (job.state === "failed") {
      $("progress").hidden = true;
      if (!this.page.hasPainting) document.body.dataset.dream = "no";
      return alertIn($("paint-alert"), job.error);
    }
    if (!job.kept) return this.say("Cancelled before the first step.");
    const far = job.iterations ? ` after ${job.iteration} of ${job.iterations} steps; this is the picture so far` : "";
    this.say(job.state === "cancelled" ? `Cancelled${far}.` : job.remark ? `${job.remark}.` : "Done.");
    const link = (path, text) => make("a", { className: "quiet", href: server.at(`jobs/${job.id}/${path}`), download: "", textContent: text });
    this.buttons.append(link("picture.png?download", "↓ Picture"), link("record.json", "↓ Record"));
    const image = make("img", { src: server.at(`jobs/${job.id}/picture.png`), alt: `The ${job.recipe}` });
    try { await image.decode(); } catch { return this.say("The picture does not arrive."); }
    const before = this.before;
    const alike = before && Math.abs(image.naturalWidth / image.naturalHeight / (before.width / before.height) - 1) < 0.03;
    if (!alike) { image.className = "plain"; return this.host(image, image); }
    this.host(image, compare(server.at(`pictures/${before.id}/view.jpg`), image));
  }
}

function compare(source, after) {
  const slider = make("input", { type: "range", min: 0, max: 100, step: 0.5, value: 50, attributes: { "aria-label": "Before and after: how much of the photo is shown" } });
  const box = make("div", { className: "compare" }, after, make("img", { className: "before", src: source, alt: "The photo" }), slider, make("div", { className: "edge" }),
    make("span", { className: "tag l", textContent: "before" }), make("span", { className: "tag r", textContent: "after" }));
  const show = () => box.style.setProperty("--at", `${slider.value}%`);
  slider.oninput = show;
  show();
  return box;
}
