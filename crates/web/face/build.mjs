// Bundles styles and scripts into the folder given as the first argument, each file under a name with
// a hash of its content, beside `manifest.txt`: one line "NAME FILE" for each file that pages name.
// The same input gives the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs FOLDER");
// Not import.meta.dirname: Debian 12 has Node 18.
const here = fileURLToPath(new URL(".", import.meta.url));
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: "linked",
  target: ["chrome123", "firefox121", "safari17.5"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  logLevel: "warning",
};

// One module with chunks that load when a page needs them; and what must run by itself at once.
const results = [
  await build({ ...shared, entryPoints: ["src/main.ts"], format: "esm", splitting: true }),
  await build({ ...shared, entryPoints: ["src/unsubscribe.ts"], format: "iife" }),
  await build({ ...shared, entryPoints: ["css/app.css", "css/recipients.css"] }),
];

const manifest = new Map();
for (const { metafile } of results) {
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (output.entryPoint) manifest.set(basename(output.entryPoint).replace(/\.ts$/, ".js"), basename(path));
  }
}

// Every icon is a file; the sprite is made of them. How lines are drawn, the class `icon` says.
const icons = readdirSync(join(here, "icons")).filter((file) => file.endsWith(".svg")).sort();
const symbols = icons.map((file) => {
  const inside = readFileSync(join(here, "icons", file), "utf8").replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "");
  return `<symbol id="${basename(file, ".svg")}" viewBox="0 0 24 24">${inside.replace(/\s*\n\s*/g, "")}</symbol>`;
});
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
const hash = createHash("sha256").update(sprite).digest("hex").slice(0, 8).toUpperCase();
writeFileSync(join(out, `icons-${hash}.svg`), sprite);
manifest.set("icons.svg", `icons-${hash}.svg`);

for (const file of readdirSync(out)) {
  if ([".js", ".css", ".svg"].includes(extname(file))) {
    writeFileSync(join(out, `${file}.gz`), gzipSync(readFileSync(join(out, file)), { level: 9 }));
  }
}
const lines = [...manifest].sort().map(([name, file]) => `${name} ${file}\n`);
writeFileSync(join(out, "manifest.txt"), lines.join(""));
