/** Which account comes next: a binary heap of moments, one at most for each account, in arrays that never grow. Called by
 *  simulate-policy.ts. Equal moments come in the order of the accounts, so that a run can be repeated. */

export interface EventQueue {
  /** Infinity where nothing is to come. */
  firstAt(): number;
  /** The account of `firstAt`. */
  first(): number;
  /** For an account that is not in the queue. */
  add(account: number, at: number): void;
  /** Gives the first account its next moment; Infinity for none. */
  moveFirst(at: number): void;
}

export function createEventQueue(accounts: number): EventQueue {
  const moments = new Float64Array(accounts);
  const owners = new Uint32Array(accounts);
  let size = 0;

  return {
    firstAt: () => (size === 0 ? Infinity : at(moments, 0)),
    first: () => at(owners, 0),
    add(account, moment) {
      if (moment === Infinity) return;
      size += 1;
      rise(size - 1, moment, account);
    },
    moveFirst(moment) {
      if (moment !== Infinity) return sink(moment, at(owners, 0));
      size -= 1;
      if (size > 0) sink(at(moments, size), at(owners, size));
    },
  };

  function rise(from: number, moment: number, owner: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(at(moments, parent), at(owners, parent), moment, owner)) break;
      put(place, at(moments, parent), at(owners, parent));
      place = parent;
    }
    put(place, moment, owner);
  }

  /** From the top. */
  function sink(moment: number, owner: number): void {
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      const other = child + 1;
      if (other < size && isBefore(at(moments, other), at(owners, other), at(moments, child), at(owners, child))) {
        child = other;
      }
      if (isBefore(moment, owner, at(moments, child), at(owners, child))) break;
      put(place, at(moments, child), at(owners, child));
      place = child;
    }
    put(place, moment, owner);
  }

  function put(place: number, moment: number, owner: number): void {
    moments[place] = moment;
    owners[place] = owner;
  }
}

function isBefore(moment: number, owner: number, otherMoment: number, otherOwner: number): boolean {
  return moment < otherMoment || (moment === otherMoment && owner < otherOwner);
}

/** Every place that is asked for is filled. */
function at(values: Float64Array | Uint32Array, place: number): number {
  return values[place] ?? Number.NaN;
}
