// Lights the object under the pointer or the focus in every .ec-viewer of the page, also those that come later.
(() => {
  "use strict";
  if (window.eyecandyViewer) return;
  const GAP = 16;
  const held = new WeakMap(); // viewer -> the object that a click keeps lit

  const objectOf = (event) => (event.target instanceof Element ? event.target.closest(".ec-object") : null);
  const viewerOf = (object) => object.closest(".ec-viewer");
  const find = (viewer, index) => viewer.querySelector(`.ec-object[data-index="${index}"]`);

  function light(viewer, object) {
    const drawing = viewer.querySelector(".ec-drawing");
    if (!drawing) return;
    viewer.classList.toggle("ec-lit", object !== null);
    for (const on of viewer.querySelectorAll(".ec-on")) on.classList.remove("ec-on");
    if (object === null) return;
    object.classList.add("ec-on");
    const { width, height } = drawing.viewBox.baseVal;
    viewer.querySelector(".ec-shade").setAttribute("d", `M0 0H${width}V${height}H0Z${object.getAttribute("d")}`);
    const label = viewer.querySelector(".ec-label");
    const [word, detail] = [document.createElement("b"), document.createElement("span")];
    word.textContent = object.dataset.word;
    detail.textContent = `${object.dataset.label} · score ${object.dataset.score}`;
    label.replaceChildren(word, detail);
  }

  function place(viewer, x, y) { // beside a point of the window, and inside the photo
    const label = viewer.querySelector(".ec-label");
    const stage = viewer.querySelector(".ec-stage").getBoundingClientRect();
    const left = x - stage.left + GAP + label.offsetWidth > stage.width ? x - stage.left - GAP - label.offsetWidth
      : x - stage.left + GAP;
    const top = y - stage.top + GAP + label.offsetHeight > stage.height ? y - stage.top - GAP - label.offsetHeight
      : y - stage.top + GAP;
    const inside = (value, most) => Math.round(Math.max(6, Math.min(value, most - 6)));
    label.style.transform = `translate(${inside(left, stage.width - label.offsetWidth)}px,` +
      `${inside(top, stage.height - label.offsetHeight)}px)`;
  }

  function placeAt(viewer, object) {
    const box = object.getBoundingClientRect();
    place(viewer, box.left + box.width / 2, box.top + box.height / 2);
  }

  function rest(viewer) { // back to what is held, or to nothing
    const object = held.get(viewer);
    const still = object && object.isConnected ? object : null;
    light(viewer, still);
    if (still) placeAt(viewer, still);
  }

  function hold(viewer, object) {
    for (const each of viewer.querySelectorAll('[aria-pressed="true"]')) each.setAttribute("aria-pressed", "false");
    if (object === null) held.delete(viewer);
    else {
      held.set(viewer, object);
      object.setAttribute("aria-pressed", "true");
    }
    const detail = object === null ? null : Number(object.dataset.index);
    viewer.dispatchEvent(new CustomEvent("ec-select", { bubbles: true, detail }));
  }

  function toggle(viewer, object) {
    hold(viewer, held.get(viewer) === object ? null : object);
  }

  document.addEventListener("pointermove", (event) => {
    const object = objectOf(event);
    if (object === null) return;
    const viewer = viewerOf(object);
    if (!object.classList.contains("ec-on")) light(viewer, object);
    place(viewer, event.clientX, event.clientY);
  });
  document.addEventListener("pointerout", (event) => {
    const object = objectOf(event);
    const next = event.relatedTarget instanceof Element ? event.relatedTarget.closest(".ec-object") : null;
    if (object !== null && next === null) rest(viewerOf(object));
  });
  document.addEventListener("focusin", (event) => {
    const object = objectOf(event);
    if (object === null || !object.matches(":focus-visible")) return;
    light(viewerOf(object), object);
    placeAt(viewerOf(object), object);
  });
  document.addEventListener("focusout", (event) => {
    const object = objectOf(event);
    if (object !== null && !object.matches(":hover")) rest(viewerOf(object));
  });
  document.addEventListener("click", (event) => {
    const object = objectOf(event);
    if (object !== null) {
      const viewer = viewerOf(object);
      toggle(viewer, object);
      if (held.get(viewer) !== object) return rest(viewer);
      light(viewer, object); // a finger has not moved there before
      return place(viewer, event.clientX, event.clientY);
    }
    const stage = event.target instanceof Element ? event.target.closest(".ec-stage") : null;
    if (stage !== null) {
      hold(stage.closest(".ec-viewer"), null);
      rest(stage.closest(".ec-viewer"));
    }
  });
  document.addEventListener("keydown", (event) => {
    const object = objectOf(event);
    if (object === null) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      toggle(viewerOf(object), object);
    } else if (event.key === "Escape") {
      hold(viewerOf(object), null);
      object.blur();
    }
  });

  // For lists beside the photo: light an object by its index, null for none; select holds it as a click does.
  window.eyecandyViewer = {
    light(viewer, index) {
      if (index === null) return rest(viewer);
      const object = find(viewer, index);
      light(viewer, object);
      if (object) placeAt(viewer, object);
    },
    select(viewer, index) {
      hold(viewer, index === null ? null : find(viewer, index));
      rest(viewer);
    },
  };
})();
