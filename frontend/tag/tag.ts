/**
 * The browser tag. One element in a page loads it:
 *
 *     <script async src="https://events.example.com/collector/v1/tag.js" data-account="…" data-key="…"></script>
 *
 * A page may call before the script has arrived: `(window.trunkline ||= []).push(["set", {…}])`.
 */
import { quietly } from "./quietly";
import { type Options, recorder, type Trunkline } from "./recorder";

type Call = [keyof Trunkline, ...unknown[]];
type Installed = Trunkline & { push: (call: Call) => unknown };

declare global {
  interface Window {
    trunkline?: Installed | Call[];
  }
}

const optionsOf = (script: HTMLScriptElement): Options => {
  const { account = "", key = "", collector, consent, doNotTrack, pages, sections, debug } = script.dataset;
  return {
    account,
    key,
    collector: collector ?? new URL(script.src).origin,
    consentRequired: consent === "required",
    doNotTrack: doNotTrack === "respect",
    automatic: pages !== "manual",
    sections: sections?.split(",").map((section) => section.trim()),
    debug: debug !== undefined,
  };
};

const install = quietly((script: HTMLScriptElement | null) => {
  const early = window.trunkline;
  // Two elements in one page record once.
  if (!script || (early && !Array.isArray(early))) return;
  const trunkline = recorder(optionsOf(script));
  const functions = Object.entries(trunkline) as [keyof Trunkline, (...given: never[]) => unknown][];
  const safe = Object.fromEntries(functions.map(([name, act]) => [name, quietly(act)])) as unknown as Trunkline;
  const push = quietly(([name, ...given]: Call) => (safe[name] as (...given: unknown[]) => unknown)(...given));
  window.trunkline = { ...safe, push };
  early?.forEach(push);
});

const element = (document.currentScript ??
  document.querySelector("script[data-account][data-key]")) as HTMLScriptElement | null;
// A page that is made ready in advance may never be seen.
if ((document as Document & { prerendering?: boolean }).prerendering)
  document.addEventListener("prerenderingchange", () => {
    install(element);
  });
else install(element);
