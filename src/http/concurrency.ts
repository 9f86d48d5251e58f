/** How much may be under way for each key at the same time. Used by admission.ts. Holds a key only while something is under
 *  way for it. */

export interface Concurrency {
  /** Gives what must be called once at the end; null where there is no place. A second call changes nothing. */
  enter(key: string): (() => void) | null;
}

/** `most` is 0 for no limit. */
export function createConcurrency(most: number): Concurrency {
  const underWay = new Map<string, number>();
  return {
    enter(key) {
      const count = underWay.get(key) ?? 0;
      if (most > 0 && count >= most) return null;
      underWay.set(key, count + 1);
      let hasLeft = false;
      return () => {
        if (hasLeft) return;
        hasLeft = true;
        const left = (underWay.get(key) ?? 1) - 1;
        if (left > 0) underWay.set(key, left);
        else underWay.delete(key);
      };
    },
  };
}
