// One click ends all mail: the page that a person opened submits itself (D1). Soon after a
// mail was handed over, programs open its links too; then the first movement of a person counts.
"use strict";
(function () {
  var form = document.getElementById("unsubscribe");
  var text = document.getElementById("text");
  var done = false;
  function go() {
    if (done || !form) return;
    done = true;
    if (text) text.textContent = text.dataset.working;
    form.submit();
  }
  function person(event) {
    if (event.isTrusted) go();
  }
  function wait() {
    ["pointermove", "pointerdown", "touchstart", "wheel", "keydown"].forEach(function (name) {
      addEventListener(name, person, { passive: true });
    });
  }
  function start() {
    if (!form) return;
    if (form.dataset.wait === "yes" || navigator.webdriver || document.visibilityState !== "visible") wait();
    else go();
  }
  if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();
