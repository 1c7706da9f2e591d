/** A step of the tour that did not happen. */
export class TourError extends Error {
  override readonly name = 'TourError';
}

/** @throws TourError */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new TourError(otherwise);
}
