// The button that goes from one theme to the next, and says which is on.
import { chosen, KEY, show, type Choice } from "./theme";

const NEXT: Record<Choice, Choice> = { auto: "light", light: "dark", dark: "auto" };
const SAID: Record<Choice, string> = { auto: "as the device", light: "light", dark: "dark" };

export function switchThemes(): void {
  say();
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-theme-switch]")) return;
    const next = NEXT[chosen()];
    localStorage.setItem(KEY, next);
    show(next);
    say();
  });
}

function say(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-switch]")) {
    button.hidden = false;
    for (const icon of button.querySelectorAll<HTMLElement>("[data-theme-icon]"))
      icon.classList.toggle("d-none", icon.dataset.themeIcon !== chosen());
    const text = button.querySelector("[data-theme-text]");
    if (text) text.textContent = `Theme: ${SAID[chosen()]}`;
  }
}
