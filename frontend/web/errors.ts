// A page that says what is wrong with a form begins there.
export function goToErrors(): void {
  document.querySelector<HTMLElement>("[data-errors]")?.focus();
}
