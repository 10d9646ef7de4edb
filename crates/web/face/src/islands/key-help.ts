// <key-help>: "?" opens the list of shortcuts within, "g" and a letter goes to the link that names it in
// data-key, "/" goes into the search. Nothing happens while somebody types into a field.
class KeyHelp extends HTMLElement {
  private pending = "";
  private readonly listen = (event: KeyboardEvent): void => this.key(event);

  connectedCallback(): void {
    document.addEventListener("keydown", this.listen);
    const dialog = this.querySelector("dialog");
    for (const button of document.querySelectorAll<HTMLElement>("[data-opens=key-help]")) {
      button.hidden = false;
      button.addEventListener("click", () => dialog?.showModal());
    }
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.listen);
  }

  private key(event: KeyboardEvent): void {
    const at = event.target;
    const typing = at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const dialog = this.querySelector("dialog");
    if (dialog?.open) return;
    if (this.pending === "g") {
      this.pending = "";
      const link = document.querySelector<HTMLAnchorElement>(`a[data-key="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (event.key === "g") this.pending = "g";
    else if (event.key === "?") dialog?.showModal();
    else if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>('input[type="search"]');
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  }
}

customElements.define("key-help", KeyHelp);
export {};
