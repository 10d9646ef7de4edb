// <form-preview>: shows what is typed as recipients will see it, a moment after the last key. Its button
// does the same without scripts.
const REST = 700;

class FormPreview extends HTMLElement {
  #timer: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    this.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#show(), REST);
    });
  }

  #show(): void {
    const button = this.querySelector<HTMLButtonElement>("button[data-preview]");
    const frame = document.querySelector<HTMLIFrameElement>(`iframe[name="${button?.formTarget ?? ""}"]`);
    if (!button?.form || !frame) return;
    // A frame that is new takes its first page without a step in the history: Back stays Back.
    const fresh = frame.cloneNode() as HTMLIFrameElement;
    fresh.removeAttribute("src");
    frame.replaceWith(fresh);
    button.form.requestSubmit(button);
  }
}

customElements.define("form-preview", FormPreview);
export {};
