// The text of a mail in CodeMirror, in place of its text area. It lives in a shadow root: its styles are
// adopted there, so that the strict policy needs no exception.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { markdown } from "@codemirror/lang-markdown";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export interface Code {
  text(): string;
  insert(text: string): void;
  format(word: string): void;
}

const colours = HighlightStyle.define([
  { tag: [tags.heading, tags.strong], fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url, tags.attributeValue, tags.string], color: "var(--info)" },
  { tag: [tags.tagName, tags.keyword, tags.processingInstruction], color: "var(--act)" },
  { tag: [tags.attributeName, tags.propertyName], color: "var(--wait)" },
  { tag: [tags.comment, tags.quote], color: "var(--soft)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const look = EditorView.theme({
  "&": { border: "1px solid var(--line-strong)", borderRadius: "var(--radius)", background: "var(--sheet)", color: "var(--ink)", fontSize: ".9375rem" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "22rem", maxHeight: "70vh", overflow: "auto" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--soft)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "var(--act-soft)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--info-ground) !important" },
});

const language = (word: string) => (word === "html" ? html() : markdown());

export function open(area: HTMLTextAreaElement, label: string, format: string, changed: () => void): Code {
  const host = document.createElement("div");
  host.className = "code";
  const shadow = host.attachShadow({ mode: "open" });
  area.after(host);
  const written = new Compartment();
  const described: Record<string, string> = { "aria-label": label, spellcheck: "true" };
  if (area.getAttribute("aria-invalid") === "true") described["aria-invalid"] = "true";
  const state = EditorState.create({
    doc: area.value,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      EditorView.lineWrapping,
      syntaxHighlighting(colours),
      // Tab leads to the next field, as everywhere: no key of the keyboard is caught here.
      keymap.of([...defaultKeymap, ...historyKeymap]),
      written.of(language(format)),
      look,
      EditorView.contentAttributes.of(described),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed();
      }),
    ],
  });
  const view = new EditorView({ state, parent: shadow, root: shadow });
  area.hidden = true;
  // The label and the links to problems lead into the editor.
  document.querySelector(`label[for="${area.id}"]`)?.addEventListener("click", () => view.focus());
  addEventListener("hashchange", () => {
    if (location.hash === `#${area.id}`) view.focus();
  });
  return {
    text: () => view.state.doc.toString(),
    insert: (text) => {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    format: (word) => view.dispatch({ effects: written.reconfigure(language(word)) }),
  };
}
