// The bundle of both web faces: scripts, styles and icons under names that hold the hash of their content, each also gzipped,
// and manifest.json, which says how they are named.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

const SOURCES = ["web/web.ts", "web/theme.ts", "web/web.css"];

/** The esbuild options. */
export function web(here, outdir) {
  return {
    entryPoints: SOURCES,
    outdir,
    entryNames: "[name]-[hash]",
    format: "iife",
    metafile: true,
    // All of it is written at once, below.
    write: false,
    plugins: [{ name: "manifest", setup: (build) => build.onEnd((made) => write(here, join(here, outdir), made)) }],
  };
}

function write(here, folder, made) {
  if (made.errors.length > 0) return;
  const files = new Map(made.outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]));
  const names = Object.fromEntries(
    Object.entries(made.metafile.outputs).map(([path, output]) => [basename(path).replace(/-[A-Z0-9]{8}\./, "."), basename(path)]),
  );
  const sprite = icons(here);
  names["icons.svg"] = `icons-${createHash("sha256").update(sprite).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  files.set(names["icons.svg"], sprite);
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder)) rmSync(join(folder, old));
  for (const [name, content] of files) {
    writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
  // Last: without it nothing counts as built.
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(names));
}

/** Those of icons.json as one file of symbols. */
function icons(here) {
  const symbols = JSON.parse(readFileSync(join(here, "web", "icons.json"), "utf8")).map((name) => {
    const drawn = readFileSync(join(here, "node_modules", "@tabler", "icons", "icons", "outline", `${name}.svg`), "utf8");
    const inside = drawn.slice(drawn.indexOf(">", drawn.indexOf("<svg")) + 1, drawn.lastIndexOf("</svg>"));
    const paths = inside.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${paths}</symbol>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}
