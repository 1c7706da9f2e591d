/**
 * A value that is there, or a promise of it. On the way of every message nearly all are there,
 * and a promise for each would cost more than the work.
 */
export type Eventual<Value> = Value | Promise<Value>;

/** Goes on at once with a value that is there, else when it is. */
export function andThen<Value, Result>(
  value: Eventual<Value>,
  next: (value: Value) => Eventual<Result>,
): Eventual<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
