// One click ends all mail: the page that a person opened submits itself (D1). Soon after a mail was
// handed over, programs open its links too; then the first movement of a person counts.
const form = document.getElementById("unsubscribe");
const text = document.getElementById("text");
const MOVEMENTS = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown"];
let done = false;

function go(): void {
  if (done || !(form instanceof HTMLFormElement)) return;
  done = true;
  if (text) text.textContent = text.dataset["working"] ?? "";
  form.submit();
}

function person(event: Event): void {
  if (event.isTrusted) go();
}

function start(): void {
  if (form?.dataset["wait"] === "yes" || navigator.webdriver || document.visibilityState !== "visible") {
    for (const name of MOVEMENTS) addEventListener(name, person, { passive: true });
  } else go();
}

const ahead = document as Document & { prerendering?: boolean };
if (ahead.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
else start();

export {};
