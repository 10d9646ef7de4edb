// htmx, with what the strict policy of our pages asks for: no style of its own, no code in attributes.
import htmx from "htmx.org";

htmx.config.includeIndicatorCSS = false;
