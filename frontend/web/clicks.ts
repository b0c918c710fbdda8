// What a click on a marked element does: `data-toggles` shows and hides, `data-copies` copies, `data-adds-row` and
// `data-removes-row` change rows of a form, `data-dismisses` removes what it stands in.
type Act = (button: HTMLElement, value: string) => void;

const ACTS: Record<string, Act> = {
  toggles: (button, id) => {
    const shown = document.getElementById(id)?.classList.toggle("show") ?? false;
    button.setAttribute("aria-expanded", String(shown));
  },
  copies: (button, id) => {
    const text = document.getElementById(id)?.textContent ?? "";
    void navigator.clipboard.writeText(text.trim()).then(() => {
      say(button, "Copied");
    });
  },
  addsRow: (_button, id) => {
    addRow(id);
  },
  removesRow: (button) => {
    const row = button.closest<HTMLElement>("[data-row]");
    const next = row?.parentElement?.parentElement?.querySelector<HTMLElement>("[data-adds-row]");
    row?.remove();
    next?.focus();
  },
  dismisses: (button) => {
    button.closest("[data-dismissed]")?.remove();
  },
};

export function actOnClicks(): void {
  document.addEventListener("click", (event) => {
    for (const [name, act] of Object.entries(ACTS)) {
      const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const button = (event.target as Element).closest<HTMLElement>(`[${attribute}]`);
      if (button) act(button, button.dataset[name] ?? "");
    }
  });
}

/** Another empty row: a copy of the template, numbered on. */
function addRow(id: string): void {
  const template = document.getElementById(`${id}-template`);
  const rows = document.getElementById(id);
  if (!(template instanceof HTMLTemplateElement) || !rows) return;
  const number = Number(rows.dataset.next);
  rows.dataset.next = String(number + 1);
  const row = document.createElement("div");
  row.append(template.content.cloneNode(true));
  for (const part of row.querySelectorAll<HTMLElement>("[name], [id], [for]"))
    for (const attribute of ["name", "id", "for"]) {
      const value = part.getAttribute(attribute);
      if (value) part.setAttribute(attribute, value.replace("__", String(number)));
    }
  rows.append(...row.children);
  rows.lastElementChild?.querySelector<HTMLElement>("select, input")?.focus();
}

function say(button: HTMLElement, text: string): void {
  const place = button.querySelector("[data-said]") ?? button;
  const before = place.textContent;
  place.textContent = text;
  setTimeout(() => {
    place.textContent = before;
  }, 2000);
}
