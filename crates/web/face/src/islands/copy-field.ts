// <copy-field>: its button copies the text of its <code>, and says so. Without scripts the text is
// selected by one click, by CSS.
class CopyField extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    const source = this.querySelector("code");
    if (!button || !source) return;
    button.hidden = false;
    button.addEventListener("click", () => void this.copy(button, source.textContent ?? ""));
  }

  private async copy(button: HTMLButtonElement, text: string): Promise<void> {
    const label = button.querySelector("[data-label]");
    const said = button.dataset["copied"];
    if (!label || said === undefined) return;
    await navigator.clipboard.writeText(text);
    const before = label.textContent;
    label.textContent = said;
    setTimeout(() => (label.textContent = before), 2000);
  }
}

customElements.define("copy-field", CopyField);
export {};
