import { type Article, articleOf } from "./catalogue";

export interface Line {
  article: Article;
  quantity: number;
}

const NAME = "shop.basket";

/** What lies in the basket, in the order in which it was put there. */
export const lines = (): Line[] => {
  const kept = JSON.parse(localStorage.getItem(NAME) ?? "{}") as Record<string, number>;
  return Object.entries(kept).flatMap(([sku, quantity]) => {
    const article = articleOf(sku);
    return article ? [{ article, quantity }] : [];
  });
};

export const put = (sku: string, quantity: number): void => {
  const kept = Object.fromEntries(lines().map((line) => [line.article.sku, line.quantity]));
  kept[sku] = (kept[sku] ?? 0) + quantity;
  const some = Object.entries(kept).filter(([, count]) => count > 0);
  localStorage.setItem(NAME, JSON.stringify(Object.fromEntries(some)));
};

export const empty = (): void => {
  localStorage.removeItem(NAME);
};

export const total = (): number =>
  lines().reduce((sum, { article, quantity }) => sum + article.price * quantity, 0);

export const count = (): number => lines().reduce((sum, { quantity }) => sum + quantity, 0);
