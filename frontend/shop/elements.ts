/** Elements in one expression: `make("a", { href: "/" }, "Home")`. Texts are texts, never markup. */
export const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] => {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
};

export const button = (text: string, act: () => void, kind = ""): HTMLButtonElement => {
  const made = make("button", { type: "button", class: kind }, text);
  made.addEventListener("click", act);
  return made;
};
