// A list of names with check boxes: typing above it hides those that do not fit.
export function filterPickers(): void {
  document.addEventListener("input", (event) => {
    const input = event.target as HTMLInputElement;
    const picker = input.matches("[data-picker-search]") ? input.closest("[data-picker]") : null;
    if (!picker) return;
    const wanted = input.value.trim().toLocaleLowerCase();
    for (const one of picker.querySelectorAll<HTMLElement>("[data-picker-name]"))
      one.hidden = wanted !== "" && !one.textContent.toLocaleLowerCase().includes(wanted);
  });
  document.addEventListener("keydown", (event) => {
    // Enter in the search must not send the form around it.
    if (event.key === "Enter" && (event.target as Element).matches("[data-picker-search]")) event.preventDefault();
  });
}
