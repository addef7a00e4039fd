// Small pieces of the page.
export const $ = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const { data, attributes, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data || {});
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function tile(source, title, onclick, pressed = null) {
  const made = make("button", { className: "tile", type: "button", title, onclick },
    make("img", { src: source, alt: "", loading: "lazy" }), make("span", { textContent: title }));
  if (pressed !== null) made.setAttribute("aria-pressed", String(pressed));
  return made;
}

export function alertIn(element, error) {
  element.hidden = !error;
  element.replaceChildren(...(error ? spoken(sentence(error.message || String(error))) : []));
  if (error) element.scrollIntoView({ block: "nearest" });
}

// Text with what stands between backticks as code.
export const spoken = (text) => text.split("`").map((part, index) => index % 2 ? make("code", { textContent: part }) : part);

// On one column the photo may be out of sight when something happens to it.
export const narrow = matchMedia("(max-width: 999px)");
export function bringBack() {
  if (narrow.matches) $("shown").scrollIntoView({ block: "start" });
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

export function seconds(value) {
  if (value < 10) return `${Math.max(1, Math.round(value))} s`;
  if (value < 90) return `${Math.round(value / 5) * 5} s`;
  return `${Math.round(value / 60)} min`;
}

export function waitingText(place, ready) {
  if (!ready) return place > 1 ? `The network is starting; ${jobs(place - 1)} before yours` : "The network is starting";
  return place > 0 ? `Waiting, ${jobs(place)} before yours` : "Waiting, next in line";
}

const jobs = (count) => `${count} job${count === 1 ? "" : "s"}`;

// What a picture is called where there is little room.
export const shortName = (name) => name.replace(/^style_|\.\w+$/g, "").replaceAll("_", " ");


export function choose(buttons, chosen, attribute) {
  for (const button of buttons) button.setAttribute(attribute, String(button === chosen));
}

// Arrow keys move among tabs and radio buttons, which are one stop of the Tab key.
export function arrows(group) {
  group.addEventListener("keydown", (event) => {
    const buttons = [...group.querySelectorAll("button")];
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
}

export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // pages that came over plain HTTP from elsewhere have no clipboard
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}
