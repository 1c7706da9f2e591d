import type { Keyed } from '../keyed.ts';

/** A whole number below `size`, as good as drawn evenly: twice as many bits go in as come out. */
export function keyedBelow(keyed: Keyed, purpose: string, value: string, size: bigint): bigint {
  return BigInt(`0x${keyed(purpose, value).toString('hex', 0, 16)}`) % size;
}
