// Filters by word and sorts by score. What is chosen stands in the address, so that a link and the way back keep it.
(() => {
  "use strict";
  const grid = document.getElementById("cards");
  const [word, sort, shown] = ["word", "sort", "shown"].map((id) => document.getElementById(id));
  const chips = [...document.querySelectorAll(".chips button")];
  const cards = [...grid.children].map((element, given) => ({
    element, given, page: element.getAttribute("href"), things: JSON.parse(element.dataset.things), score: 0, count: 0,
  }));

  function matches(thing, wanted) {
    return thing[0].toLowerCase().includes(wanted) || thing[1].toLowerCase().includes(wanted);
  }

  const orders = {
    score: (a, b) => b.score - a.score || a.given - b.given,
    weak: (a, b) => (a.score || 2) - (b.score || 2) || a.given - b.given,
    count: (a, b) => b.count - a.count || a.given - b.given,
    given: (a, b) => a.given - b.given,
  };

  function update() {
    const wanted = word.value.trim().toLowerCase();
    // With a word of its own on a chip, "cat" is the cat and not the catamaran.
    const exact = chips.some((chip) => chip.dataset.word.toLowerCase() === wanted);
    let count = 0;
    for (const card of cards) {
      const things = wanted === "" ? card.things
        : card.things.filter((thing) => (exact ? thing[0].toLowerCase() === wanted : matches(thing, wanted)));
      card.score = Math.max(0, ...things.map((thing) => thing[2]));
      card.count = things.length;
      card.element.hidden = wanted !== "" && things.length === 0;
      if (!card.element.hidden) count += 1;
    }
    grid.append(...[...cards].sort(orders[sort.value]).map((card) => card.element));
    document.getElementById("nothing").hidden = count > 0;
    shown.textContent = count === cards.length ? "" : `${count} of ${cards.length}`;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.word.toLowerCase() === wanted));
    const state = new URLSearchParams();
    if (wanted !== "") state.set("word", wanted);
    if (sort.value !== "score") state.set("sort", sort.value);
    const told = String(state) === "" ? "" : `#${state}`;
    for (const card of cards) card.element.setAttribute("href", card.page + told);
    history.replaceState(null, "", told || location.pathname + location.search);
  }

  const state = new URLSearchParams(location.hash.slice(1));
  word.value = state.get("word") ?? "";
  sort.value = state.get("sort") in orders ? state.get("sort") : "score";
  let waiting = 0;
  word.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(update);
  });
  sort.addEventListener("change", update);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      word.value = chip.getAttribute("aria-pressed") === "true" ? "" : chip.dataset.word;
      update();
    });
  }
  update();
})();
