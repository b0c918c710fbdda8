/** The same function, which never fails: a page is not to suffer from being measured. */
export const quietly =
  <Given extends unknown[], Told>(act: (...given: Given) => Told) =>
  (...given: Given): Told | undefined => {
    try {
      return act(...given);
    } catch {
      return undefined;
    }
  };
