/** A promise with its key outside: a test opens it when it likes. (Promise.withResolvers is not in Node 20.) */
export function createGate(): { opened: Promise<void>; open: () => void } {
  const keys: (() => void)[] = [];
  const opened = new Promise<void>((resolve) => void keys.push(resolve));
  return { opened, open: () => keys.forEach((key) => key()) };
}
