/** What stays on this device between pages: localStorage where the browser allows it, else the memory of this page. */
export interface Keeping {
  get: (name: string) => string | null;
  /** `null` forgets. */
  set: (name: string, value: string | null) => void;
  /** Names that begin so. */
  names: (start: string) => string[];
}

export const keeping = (prefix: string): Keeping => {
  let shelf: Storage | undefined;
  /** What the shelf did not take. */
  const memory = new Map<string, string>();
  try {
    shelf = localStorage;
  } catch {
    // Storage is denied.
  }
  return {
    get: (name) => memory.get(prefix + name) ?? shelf?.getItem(prefix + name) ?? null,
    set: (name, value) => {
      const full = prefix + name;
      memory.delete(full);
      if (value === null) {
        shelf?.removeItem(full);
        return;
      }
      try {
        if (shelf) shelf.setItem(full, value);
        else memory.set(full, value);
      } catch {
        // Full, or a browser that shows a storage which takes nothing. An older value would be wrong.
        shelf?.removeItem(full);
        memory.set(full, value);
      }
    },
    names: (start) =>
      [...memory.keys(), ...Object.keys(shelf ?? {})]
        .filter((full) => full.startsWith(prefix + start))
        .map((full) => full.slice(prefix.length)),
  };
};

/** What was kept as JSON; undefined where there is nothing, or nothing that can be read. */
export const parsed = (text: string | null): unknown => {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};
