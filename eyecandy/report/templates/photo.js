// The list beside the photo lights what it names, and the photo marks what is held in the list.
(() => {
  "use strict";
  const viewer = document.getElementById("photo");
  for (const button of document.querySelectorAll(".things button")) {
    const index = Number(button.dataset.index);
    button.addEventListener("pointerenter", () => window.eyecandyViewer.light(viewer, index));
    button.addEventListener("pointerleave", () => window.eyecandyViewer.light(viewer, null));
    button.addEventListener("click", () =>
      window.eyecandyViewer.select(viewer, button.classList.contains("on") ? null : index));
  }
  viewer.addEventListener("ec-select", (event) => {
    for (const button of document.querySelectorAll(".things button")) {
      button.classList.toggle("on", Number(button.dataset.index) === event.detail && event.detail !== null);
    }
  });
  // Back to the gallery as it was left, with the same word and order.
  const back = document.getElementById("back");
  if (back !== null) back.href += location.hash;
})();
