// <desk-keys>: lists that one works through by keys. "j" and "k" go to the next and the previous line of all
// lists on the page, "o" opens it; the line's link has the focus, so that Enter does the same. The list of
// shortcuts learns the words from data-j, data-k and data-o. Nothing happens while somebody types.
class DeskKeys extends HTMLElement {
  /** The key before this one. */
  private pressed = "";
  private readonly listen = (event: KeyboardEvent): void => this.key(event);

  connectedCallback(): void {
    // One list speaks for all of the page.
    if (document.querySelector("desk-keys") !== this) return;
    document.addEventListener("keydown", this.listen);
    this.explain();
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.listen);
  }

  private explain(): void {
    const list = document.querySelector("key-help dl");
    if (!list || list.querySelector("[data-desk]")) return;
    for (const key of ["j", "k", "o"]) {
      const words = this.dataset[key];
      if (!words) continue;
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      const text = document.createElement("dd");
      term.dataset.desk = key;
      cap.textContent = key;
      text.textContent = words;
      term.append(cap);
      list.append(term, text);
    }
  }

  private key(event: KeyboardEvent): void {
    const at = event.target;
    const typing = at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    // "g" and a letter go to a page.
    const goes = this.pressed === "g";
    this.pressed = goes ? "" : event.key;
    if (goes) return;
    const links = [...document.querySelectorAll<HTMLAnchorElement>("desk-keys [data-row] a[data-open]")];
    const here = links.findIndex((link) => link === document.activeElement);
    if (event.key === "j") this.go(event, links[Math.min(here + 1, links.length - 1)]);
    else if (event.key === "k") this.go(event, links[Math.max(here - 1, 0)]);
    else if (event.key === "o" && here >= 0) {
      event.preventDefault();
      links[here]?.click();
    }
  }

  private go(event: KeyboardEvent, link: HTMLAnchorElement | undefined): void {
    if (!link) return;
    event.preventDefault();
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("desk-keys", DeskKeys);
export {};
