// Writing a mail: saves while somebody types, by Ctrl+S, counts people, inserts fields, and asks before
// unsaved text is left. Without it the same form saves by its buttons.
import type { Code } from "./code";

const AFTER_TYPING = 1_500;
const LATEST = 10_000;
const AFTER_CHOOSING = 300;

class MailEditor extends HTMLElement {
  #form!: HTMLFormElement;
  #body!: HTMLTextAreaElement;
  #code: Code | undefined;
  /** Counts changes: what was saved is what was typed until then. */
  #changes = 0;
  #kept = 0;
  #since = 0;
  #timer = 0;
  #counting = 0;
  #saving = false;
  #stopped = false;
  #leaving = false;

  connectedCallback(): void {
    const form = this.querySelector("form");
    const body = this.querySelector<HTMLTextAreaElement>("textarea[name=body]");
    if (!form || !body) return;
    this.#form = form;
    this.#body = body;
    form.addEventListener("input", (event) => this.#changed(event.target));
    form.addEventListener("submit", () => {
      this.#leaving = true;
      this.#sync();
    });
    addEventListener("beforeunload", (event) => {
      if (this.#changes > this.#kept && !this.#leaving) event.preventDefault();
    });
    addEventListener("pageshow", () => (this.#leaving = false));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "s") {
        event.preventDefault();
        if (this.dataset["autosave"] && !this.#stopped) void this.#save(true);
        else form.requestSubmit();
      }
    });
    for (const button of this.querySelectorAll<HTMLButtonElement>("button[data-insert]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.#insert(button.dataset["insert"] ?? ""));
    }
    void this.#open();
  }

  async #open(): Promise<void> {
    const { open } = await import("./code");
    const format = () => this.#form.querySelector<HTMLInputElement>("input[name=format]:checked")?.value ?? "markdown";
    this.#code = open(this.#body, this.dataset["code"] ?? "", format(), () => this.#changed(this.#body));
    this.#form.addEventListener("change", () => this.#code?.format(format()));
  }

  #insert(text: string): void {
    if (this.#code) this.#code.insert(text);
    else {
      this.#body.setRangeText(text, this.#body.selectionStart, this.#body.selectionEnd, "end");
      this.#body.focus();
    }
    this.#changed(this.#body);
  }

  #sync(): void {
    if (this.#code) this.#body.value = this.#code.text();
  }

  #say(text: string | undefined): void {
    const shown = this.querySelector("[data-saved]");
    if (shown && text !== undefined && shown.textContent !== text) shown.textContent = text;
  }

  #changed(target: EventTarget | null): void {
    this.#changes += 1;
    if (this.#stopped) return;
    this.#say(this.dataset["unsaved"]);
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
      if (["topic", "include", "exclude"].includes(target.name)) this.#count();
    }
    if (this.dataset["autosave"]) this.#later(AFTER_TYPING);
  }

  #later(wait: number): void {
    const now = performance.now();
    if (!this.#timer) this.#since = now;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#save(false), Math.min(wait, Math.max(0, this.#since + LATEST - now)));
  }

  #sent(): URLSearchParams {
    this.#sync();
    const sent = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) if (typeof value === "string") sent.append(name, value);
    return sent;
  }

  async #save(byHand: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const to = this.dataset["autosave"];
    if (!to || this.#stopped || (this.#changes === this.#kept && !byHand)) return;
    // One after the other: the next one begins with the revision that this one makes.
    if (this.#saving) return this.#later(AFTER_TYPING);
    this.#saving = true;
    const changes = this.#changes;
    this.#say(this.dataset["saving"]);
    try {
      const sent = this.#sent();
      if (byHand) sent.append("by_hand", "yes");
      const answer = await fetch(to, { method: "POST", body: sent, credentials: "same-origin", redirect: "error" });
      const told = (await answer.json()) as { revision?: string; message?: string; ready?: string };
      if (answer.ok) {
        this.#kept = changes;
        const base = this.#form.querySelector<HTMLInputElement>("input[name=base]");
        if (base && told.revision) base.value = told.revision;
        // What is still missing, as the page shows it: made and escaped by the server's template.
        const ready = this.querySelector("[data-ready]");
        if (ready && told.ready !== undefined) ready.innerHTML = told.ready;
      }
      this.#stopped = answer.status === 409;
      this.#say(told.message ?? this.dataset["lost"]);
    } catch {
      this.#say(this.dataset["lost"]);
      this.#saving = false;
      return this.#later(LATEST);
    }
    this.#saving = false;
    if (this.#changes > this.#kept && !this.#stopped && changes !== this.#changes) this.#later(AFTER_TYPING);
  }

  #count(): void {
    const to = this.dataset["reach"];
    if (!to) return;
    clearTimeout(this.#counting);
    this.#counting = window.setTimeout(async () => {
      const asked = new URLSearchParams();
      for (const [name, value] of new FormData(this.#form)) {
        if (typeof value === "string" && ["topic", "include", "exclude"].includes(name)) asked.append(name, value);
      }
      const answer = await fetch(`${to}?${asked}`, { credentials: "same-origin" }).catch(() => undefined);
      const shown = this.querySelector("[data-reach-shown]");
      if (answer?.ok && shown) shown.textContent = ((await answer.json()) as { message: string }).message;
    }, AFTER_CHOOSING);
  }
}

customElements.define("mail-editor", MailEditor);
