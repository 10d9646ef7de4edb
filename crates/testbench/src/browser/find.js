// What somebody means by the words of a page. Arguments: what kind of thing, its words, words of the part of
// the page in which it stands (or nothing), and whether the page's scripts run. Returns the element, or null
// while it is not there or not ready.
const [kind, wanted, near, scripts] = arguments;
const even = (text) => (text || "").replace(/\s+/g, " ").trim();
const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
const words = (one) => even(one.getAttribute("aria-label") || one.textContent);

// A text area whose place an editor takes is ready when it did.
const edited = (control) => {
  if (!scripts || !control.closest("mail-editor") || control.name !== "body") return control;
  if (!control.hidden) return null;
  return control.nextElementSibling?.shadowRoot?.querySelector(".cm-content") ?? null;
};
const labelled = () => {
  const labels = [...document.querySelectorAll("label")].filter((one) => shown(one) && one.control);
  const named = [...document.querySelectorAll("input[aria-label], select[aria-label]")].filter(shown);
  return [...labels.map((one) => [words(one), edited(one.control)]), ...named.map((one) => [words(one), one])];
};
const all = (selector) => [...document.querySelectorAll(selector)].filter(shown).map((one) => [words(one), one]);
const kinds = {
  link: () => all("a[href]"),
  button: () => all("button"),
  fold: () => all("summary"),
  field: labelled,
};

// How far around a thing the words of its part stand; what stands nowhere near is not meant.
const parts = "article, section, fieldset, form, li, tr, dd, main";
const distance = (one) => {
  if (!near) return 0;
  let far = 0;
  for (let part = one.closest(parts); part; part = part.parentElement?.closest(parts)) {
    if (even(part.textContent).includes(near)) return far;
    far += 1;
  }
  return Infinity;
};
const fits = (text) => (text === wanted ? 0 : text.startsWith(wanted) ? 1 : Infinity);
const found = kinds[kind]()
  .map(([text, one]) => ({ one, rank: one ? fits(text) : Infinity, far: one ? distance(one) : Infinity }))
  .filter(({ rank, far }) => rank < Infinity && far < Infinity);
found.sort((a, b) => a.far - b.far || a.rank - b.rank);
return found[0]?.one ?? null;
