/** What the shop sells. Prices in euro. */
export interface Article {
  sku: string;
  name: string;
  kind: Kind;
  price: number;
  line: string;
  text: string;
}

export const KINDS = { green: "Green & oolong", black: "Black", herbal: "Without caffeine", ware: "Pots & cups" };
export type Kind = keyof typeof KINDS;

export const CATALOGUE: Article[] = [
  {
    sku: "morning-dew",
    name: "Morning Dew",
    kind: "green",
    price: 9.5,
    line: "Sencha, first picking",
    text: "Steamed within hours of the picking, so the leaf stays bright. Two minutes at 75 °C are enough; the second pot is the better one.",
  },
  {
    sku: "slow-cloud",
    name: "Slow Cloud",
    kind: "green",
    price: 12,
    line: "Oolong, lightly rolled",
    text: "Grown above the clouds and in no hurry. Opens over five small pots, from orchid to warm bread.",
  },
  {
    sku: "copper-kettle",
    name: "Copper Kettle",
    kind: "black",
    price: 7.9,
    line: "Assam, broken leaf",
    text: "The one for a wet morning: malty, dark, and not offended by milk.",
  },
  {
    sku: "bergamot-quay",
    name: "Bergamot Quay",
    kind: "black",
    price: 8.4,
    line: "Black tea with bergamot oil",
    text: "Real oil from the peel, little of it. Smells like a harbour office in 1910, or so we like to think.",
  },
  {
    sku: "red-dune",
    name: "Red Dune",
    kind: "herbal",
    price: 6.4,
    line: "Rooibos, long cut",
    text: "Sweet without sugar and patient with forgetful people: it cannot be steeped for too long.",
  },
  {
    sku: "quiet-evening",
    name: "Quiet Evening",
    kind: "herbal",
    price: 6.9,
    line: "Chamomile, whole blossoms",
    text: "Whole blossoms instead of dust. Put the lid on while it draws, and the telephone away.",
  },
  {
    sku: "round-one",
    name: "Round One",
    kind: "ware",
    price: 34,
    line: "Teapot, 0.9 litres",
    text: "Stoneware with a spout that does not drip. We have poured it four thousand times to be sure.",
  },
  {
    sku: "two-of-us",
    name: "Two of Us",
    kind: "ware",
    price: 18,
    line: "A pair of cups",
    text: "Not quite the same size: one for whoever got up first.",
  },
];

export const articleOf = (sku: string): Article | undefined => CATALOGUE.find((one) => one.sku === sku);

export const euro = (amount: number): string => `€ ${amount.toFixed(2)}`;
