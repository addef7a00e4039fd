// The settings in the page's address: what differs from the defaults, and no more.
const inRange = (text) => (Number(text) >= 0.05 && Number(text) <= 0.95 ? Number(text) : null);

export function read() {
  const query = new URLSearchParams(location.search);
  const under = (prefix) => Object.fromEntries([...query].filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]));
  return {
    tab: query.get("tab") === "paint" ? "paint" : "see",
    sample: query.get("photo"),
    network: query.get("network"),
    threshold: query.has("threshold") ? inRange(query.get("threshold")) : null,
    recipe: query.get("recipe"),
    region: query.get("region"),
    paintings: query.getAll("painting").map((text) => {
      const [, name, weight] = /^(.*?)(?::([\d.]+))?$/.exec(text);
      return { name, weight: weight === undefined ? 1 : Number(weight) };
    }),
    see: under("see."),
    paint: under("paint."),
  };
}

export function write(state) {
  const query = new URLSearchParams();
  const put = (name, value) => { if (value !== null && value !== undefined && value !== "") query.append(name, value); };
  put("tab", state.tab === "paint" ? "paint" : null);
  put("photo", state.sample);
  put("network", state.network);
  put("threshold", state.threshold);
  put("recipe", state.recipe);
  put("region", state.region);
  for (const { name, weight } of state.paintings) put("painting", weight === 1 ? name : `${name}:${weight}`);
  for (const [name, value] of Object.entries(state.see)) put(`see.${name}`, value);
  for (const [name, value] of Object.entries(state.paint)) put(`paint.${name}`, value);
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}
