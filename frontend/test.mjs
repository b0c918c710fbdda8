// Bundles each *.test.ts for Node.js and runs them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "trunkline-frontend-"));
const tests = ["tag"].flatMap((name) =>
  readdirSync(name)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(name, file)),
);
await build({
  entryPoints: tests,
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  sourcemap: "inline",
  // What every browser has and Node.js 18 has not.
  banner: { js: 'import { webcrypto } from "node:crypto"; globalThis.crypto ??= webcrypto;' },
  logLevel: "warning",
});
const made = readdirSync(folder).map((file) => join(folder, file));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...made], { stdio: "inherit" });
rmSync(folder, { recursive: true });
process.exit(status ?? 1);
