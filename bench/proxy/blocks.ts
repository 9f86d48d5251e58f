/** A body of any length that both ends can make by themselves, in blocks that are not alike. Named by run.ts and by the
 *  provider of the bench. */
const block = 64 * 1024;

export function* blocksOf(bytes: number): Generator<Buffer, void> {
  const pattern = Buffer.from(Array.from({ length: block }, (_, index) => (index * 31 + (index >> 8)) % 256));
  for (let left = bytes, number = 0; left > 0; left -= block, number += 1) {
    const next = Buffer.from(pattern.subarray(0, Math.min(left, block)));
    next.writeUInt32BE(number, 0);
    yield next;
  }
}
