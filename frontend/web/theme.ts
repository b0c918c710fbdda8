// Light or dark, before anything is painted: as chosen on this device, else as the device prefers.
export const KEY = "trunkline.theme";
export type Choice = "light" | "dark" | "auto";

const dark = matchMedia("(prefers-color-scheme: dark)");

export function chosen(): Choice {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

export function show(choice: Choice): void {
  const shown = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  document.documentElement.dataset.bsTheme = shown;
}

show(chosen());
dark.addEventListener("change", () => {
  show(chosen());
});
