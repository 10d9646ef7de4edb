// What runs on every page of customers and the operator: it loads what the page at hand uses, and no
// more. Every page is complete without it.
type Loader = () => Promise<unknown>;

/** Islands by the name of their element; each is a chunk of its own. */
const ISLANDS: Record<string, Loader> = {
  "copy-field": () => import("./islands/copy-field"),
  "desk-keys": () => import("./islands/desk-keys"),
  "form-preview": () => import("./islands/form-preview"),
  "key-help": () => import("./islands/key-help"),
  "live-figures": () => import("./islands/live-figures"),
  "mail-editor": () => import("./islands/mail-editor"),
};

const HTMX = "[hx-get],[hx-post],[hx-trigger],[hx-boost],[hx-sse\\:connect]";

function load(root: ParentNode): void {
  for (const [name, island] of Object.entries(ISLANDS)) {
    if (!customElements.get(name) && root.querySelector(name)) void island();
  }
  if (root.querySelector(HTMX)) void import("./htmx");
}

load(document);
// Parts of pages come later too.
new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) if (node instanceof Element && node.parentNode) load(node.parentNode);
  }
}).observe(document.body, { childList: true, subtree: true });
