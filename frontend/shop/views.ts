import * as basket from "./basket";
import { type Article, articleOf, CATALOGUE, euro, type Kind, KINDS } from "./catalogue";
import { button, make } from "./elements";
import * as measure from "./measure";

const CUSTOMER = "shop.customer";

export const customer = (): string | null => sessionStorage.getItem(CUSTOMER);

const picture = (article: Article, size: string): HTMLElement =>
  make("img", { src: `/pictures/${article.sku}.svg`, alt: "", class: size, width: "320", height: "240" });

const card = (article: Article): HTMLElement =>
  make(
    "li",
    {},
    make(
      "a",
      { href: `/tea/${article.sku}` },
      picture(article, ""),
      make(
        "div",
        {},
        make("h2", {}, article.name),
        make("p", {}, article.line),
        make("p", { class: "price" }, euro(article.price)),
      ),
    ),
  );

/** The shelf. Its kinds are chosen without loading another page, as in many shops. */
export const shelf = (choose: (kind: Kind | undefined) => void): Node[] => {
  const chosen = new URLSearchParams(location.search).get("kind");
  const choice = (text: string, kind?: Kind): HTMLElement => {
    const current: Record<string, string> = (kind ?? null) === chosen ? { "aria-current": "page" } : {};
    const link = make("a", { href: kind ? `/?kind=${kind}` : "/", ...current }, text);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(kind);
    });
    return make("li", {}, link);
  };
  return [
    make("h1", {}, "Tea for people who read the small print"),
    make("p", { class: "lead" }, "Six teas we would serve our friends, a pot that does not drip, cups to match."),
    make(
      "ul",
      { class: "kinds", "aria-label": "Kinds" },
      choice("Everything"),
      ...Object.entries(KINDS).map(([kind, text]) => choice(text, kind as Kind)),
    ),
    make("ul", { class: "shelf" }, ...CATALOGUE.filter((one) => !chosen || one.kind === chosen).map(card)),
  ];
};

export const product = (sku: string): Node[] => {
  const article = articleOf(sku);
  if (!article) return [make("h1", {}, "We do not have that"), make("p", {}, make("a", { href: "/" }, "All teas"))];
  measure.viewed(article);
  const told = make("p", { role: "status" });
  const add = button("Put into the basket", () => {
    basket.put(article.sku, 1);
    measure.cartChanged();
    told.replaceChildren("In your basket. ", make("a", { href: "/basket" }, "Go there"));
    countInHeader();
  });
  const words = make(
    "div",
    {},
    make("h1", {}, article.name),
    make("p", { class: "lead" }, article.line),
    make("p", {}, article.text),
    make("p", { class: "price" }, euro(article.price)),
    make("div", { class: "actions" }, add),
    told,
  );
  return [make("div", { class: "product" }, picture(article, "picture"), words)];
};

export const basketPage = (redraw: () => void): Node[] => {
  const lines = basket.lines();
  if (!lines.length)
    return [make("h1", {}, "Your basket is empty"), make("p", {}, make("a", { href: "/" }, "Look at the teas"))];
  const rows = lines.map(({ article, quantity }) => {
    const remove = button(
      "Remove",
      () => {
        basket.put(article.sku, -quantity);
        measure.cartChanged();
        redraw();
      },
      "quiet",
    );
    remove.setAttribute("aria-label", `Remove ${article.name}`);
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, `${String(quantity)} × ${article.name}`, " ", remove),
      make("td", {}, euro(article.price * quantity)),
    );
  });
  const sum = make("tr", {}, make("th", { scope: "row" }, "Together"), make("td", {}, euro(basket.total())));
  const buy = button("Buy", () => {
    const order = `NT-${String(Date.now() % 1e8).padStart(8, "0")}`;
    measure.bought(order);
    basket.empty();
    location.assign(`/thanks?order=${order}`);
  });
  return [
    make("h1", {}, "Your basket"),
    make("table", { class: "lines" }, make("tbody", {}, ...rows), make("tfoot", {}, sum)),
    make("div", { class: "actions" }, buy, make("a", { href: "/" }, "Go on looking")),
  ];
};

const field = (text: string, name: string, type: string, complete: string): HTMLElement =>
  make("label", {}, text, make("input", { name, type, autocomplete: complete, required: "", maxlength: "100" }));

export const account = (redraw: () => void): Node[] => {
  const name = customer();
  if (name) {
    const leave = button("Sign out", () => {
      sessionStorage.removeItem(CUSTOMER);
      redraw();
    });
    return [
      make("h1", {}, `Hello, ${name}`),
      make("p", {}, "You are signed in, as far as this shop can tell."),
      make("div", { class: "actions" }, leave, make("a", { href: "/" }, "To the teas")),
    ];
  }
  const form = make(
    "form",
    {},
    field("First name", "name", "text", "given-name"),
    field("Surname", "surname", "text", "family-name"),
    field("E-mail", "email", "email", "email"),
    make("div", { class: "actions" }, make("button", { type: "submit" }, "Sign in")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const [first, surname, email] = ["name", "surname", "email"].map((one) => given.get(one) as string);
    sessionStorage.setItem(CUSTOMER, first ?? "");
    measure.signedIn(first ?? "", surname ?? "", email ?? "");
    redraw();
  });
  return [
    make("h1", {}, "Sign in"),
    make("p", {}, "Any name will do; there is no password. It becomes the personal and the customer info of your visit."),
    form,
  ];
};

export const thanks = (): Node[] => [
  make("h1", {}, "Thank you"),
  make("p", { class: "lead" }, `Order ${new URLSearchParams(location.search).get("order") ?? ""} is on no ship at all.`),
  make("p", {}, "This is a demonstration, but the purchase is in your visit, and so is the goal that it achieved."),
  make("div", { class: "actions" }, make("a", { href: "/", class: "button" }, "Back to the teas")),
];

export const countInHeader = (): void => {
  const count = basket.count();
  const link = document.getElementById("basket-link");
  if (link) link.textContent = count ? `Basket (${String(count)})` : "Basket";
  const account = document.getElementById("account-link");
  if (account) account.textContent = customer() ?? "Sign in";
};
