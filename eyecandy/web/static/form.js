// Forms made of the fields that the server tells, and what was filled in: only what differs from the defaults.
import { make } from "./parts.js";

export class Form {
  constructor(host, fields, { pictures = () => [], onchange = () => {} } = {}) {
    this.fields = fields;
    this.inputs = new Map();
    this.pictures = pictures;
    const [main, rest] = [fields.filter((f) => f.main), fields.filter((f) => !f.main)];
    const more = make("details", {}, make("summary", { textContent: "More options" }), ...rest.map((f) => this.field(f, host.id)));
    host.append(...main.map((f) => this.field(f, host.id)), ...(rest.length ? [more] : []));
    host.onsubmit = (event) => event.preventDefault();
    host.addEventListener("input", () => this.show());
    this.onchange = onchange;
    this.timer = 0;
  }

  field(field, prefix) {
    const id = `${prefix}-${field.name}`;
    const input = this.input(field, id);
    input.setAttribute("aria-describedby", `${id}-help`);
    input.name = field.name;
    input.addEventListener(input.type === "text" || input.type === "number" ? "input" : "change", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.onchange(), 350);
    });
    this.inputs.set(field.name, input);
    const parts = [make("label", { htmlFor: id, textContent: field.label }), input];
    if (input.type === "range") parts.push(make("output", { htmlFor: id, textContent: Number(input.value).toFixed(2) }));
    return make("div", { className: input.type === "range" ? "field range" : "field" }, ...parts,
      make("p", { className: "hint", id: `${id}-help`, textContent: field.help }));
  }

  input(field, id) {
    const { kind, range } = field;
    if (kind === "choice" || kind === "picture") {
      const options = kind === "choice" ? field.choices.map((name) => make("option", { value: name, textContent: name }))
        : [make("option", { value: "", textContent: "none" })];
      const select = make("select", { id }, ...options);
      select.value = field.default ?? "";
      return select;
    }
    if (kind === "bool") return make("input", { id, type: "checkbox", checked: field.default });
    if (range) return make("input", { id, type: "range", min: range[0], max: range[1], step: range[2], value: field.default });
    const numeric = kind === "int" || kind === "float";
    const plain = { id, placeholder: field.default ?? (numeric ? "auto" : ""), autocomplete: "off" };
    if (numeric) return make("input", { ...plain, type: "number", step: kind === "int" ? 1 : "any", min: 0 });
    const text = make("input", { ...plain, type: "text", spellcheck: false });
    if (kind === "layers") text.setAttribute("list", "layer-names");
    return text;
  }

  show() {
    for (const input of this.inputs.values()) {
      if (input.type === "range") input.nextElementSibling.textContent = Number(input.value).toFixed(2);
    }
  }

  values() {
    const given = {};
    for (const field of this.fields) {
      const input = this.inputs.get(field.name);
      const value = input.type === "checkbox" ? input.checked : input.value.trim();
      if (value !== "" && String(value) !== String(field.default ?? "")) given[field.name] = value;
    }
    return given;
  }

  set(values) {
    for (const field of this.fields) {
      const input = this.inputs.get(field.name);
      const value = values[field.name];
      if (input.type === "checkbox") input.checked = value === undefined ? field.default : value === true || value === "true";
      else if (input.type === "range" || field.kind === "choice") input.value = value ?? field.default;
      else input.value = value ?? "";
    }
    const more = [...this.inputs.values()][0]?.form?.querySelector("details");
    if (more && this.fields.some((f) => !f.main && values[f.name] !== undefined)) more.open = true;
    this.show();
  }

  offerPictures(pictures) {
    for (const field of this.fields.filter((f) => f.kind === "picture")) {
      const input = this.inputs.get(field.name);
      const chosen = input.value;
      input.replaceChildren(make("option", { value: "", textContent: "none" }),
        ...pictures.map((p) => make("option", { value: p.name, textContent: p.name })));
      input.value = chosen;
    }
  }
}
