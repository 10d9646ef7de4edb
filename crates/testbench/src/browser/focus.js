// Where the focus is, what can be seen of it, and whether it is at the element that is asked for (or in its
// group of radio buttons). Argument: that element, or nothing.
const at = document.activeElement, root = (at && at.shadowRoot && at.shadowRoot.activeElement) || at;
if (!root || root === document.body || root === document.documentElement) return null;
const wanted = arguments[0];
const group = (one) => one.type === "radio" && wanted.type === "radio" && one.name === wanted.name && one.form === wanted.form;
const box = root.getBoundingClientRect();
// A box or a button of a group shows its ring around its label as well.
const marked = [root, at, ...(root.labels || []), ...(root.closest(".cm-editor") ? [root.closest(".cm-editor")] : [])];
const ring = (one) => {
  const style = getComputedStyle(one);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
};
// The middle of what the window shows of it: something else may lie on top.
const middle = (from, to, most) => (Math.max(from, 0) + Math.min(to, most)) / 2;
const [x, y] = [middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight)];
const top = document.elementFromPoint(x, y);
const own = [at, ...(root.labels || [])].some((one) => top && (one.contains(top) || top.contains(one)));
const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
const before = (window.stopsOfTheKeyboard ||= []);
const again = before.indexOf(root);
if (again < 0) before.push(root);
// What has the focus within a frame, or among the browser's own parts of a date, cannot be asked: they show it.
const framed = root.tagName === "IFRAME" || root.type === "datetime-local";
return {
  is: !!wanted && (root === wanted || group(root)),
  what: root.tagName.toLowerCase() + (root.id ? "#" + root.id : "") + (root.name ? "[" + root.name + "]" : "")
    + " " + (root.innerText || root.getAttribute("aria-label") || "").trim().slice(0, 40),
  ring: framed || marked.some(ring),
  seen: seen && own,
  again: again === 0,
  same: again >= 0 && again === before.length - 1,
  framed,
};
