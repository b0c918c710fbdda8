// Bundles what browsers load into the Python package, from where it is served. `--watch` does so on each change.
import { fileURLToPath } from "node:url";
import { context } from "esbuild";
import { web } from "./web/bundle.mjs";

const watching = process.argv.includes("--watch");
const here = fileURLToPath(new URL(".", import.meta.url));
const common = { bundle: true, minify: true, target: ["es2021"], charset: "utf8", legalComments: "none", logLevel: "warning" };
const bundles = [
  { entryPoints: ["shop/shop.ts"], outfile: "../src/trunkline/shop/built/shop.js", format: "iife" },
  { entryPoints: ["tag/tag.ts"], outfile: "../src/trunkline/collector/built/tag.js", format: "iife" },
  web(here, "../src/trunkline/web/built"),
];
for (const bundle of bundles) {
  const made = await context({ ...common, ...bundle, absWorkingDir: here });
  if (watching) await made.watch();
  else {
    await made.rebuild();
    await made.dispose();
  }
}
