// The figures of a running mailing, as they are sent: the same HTML that the page came with.
const AGAIN = 5_000;

class LiveFigures extends HTMLElement {
  #source: EventSource | undefined;

  connectedCallback(): void {
    const from = this.dataset["events"];
    const region = this.querySelector("[data-figures]");
    if (!from || !region) return;
    const source = new EventSource(from);
    this.#source = source;
    source.addEventListener("figures", (event: MessageEvent<string>) => {
      this.#say("");
      this.#renew(region, event.data);
    });
    source.addEventListener("end", () => {
      source.close();
      location.reload();
    });
    source.addEventListener("error", () => {
      this.#say(this.dataset["lost"] ?? "");
      // Every place is taken, or nobody is signed in any more: the page itself says which.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), AGAIN);
    });
    addEventListener("pagehide", () => source.close());
  }

  disconnectedCallback(): void {
    this.#source?.close();
  }

  #say(text: string): void {
    const shown = this.querySelector("[data-lost-shown]");
    if (shown && shown.textContent !== text) shown.textContent = text;
  }

  /** What a person opened, scrolled or stands on stays as it is. */
  #renew(region: Element, html: string): void {
    const opened = [...region.querySelectorAll("details")].map((details) => details.open);
    const places = (): HTMLElement[] => [...region.querySelectorAll<HTMLElement>("summary, [tabindex], a")];
    const at = places().findIndex((place) => place === document.activeElement);
    const moved = [...region.querySelectorAll(".table")].map((table) => table.scrollLeft);
    region.innerHTML = html;
    region.querySelectorAll("details").forEach((details, n) => (details.open = opened[n] ?? false));
    region.querySelectorAll(".table").forEach((table, n) => (table.scrollLeft = moved[n] ?? 0));
    if (at >= 0) places()[at]?.focus({ preventScroll: true });
  }
}

customElements.define("live-figures", LiveFigures);

export {};
