/** A key that is there holds a value. */
export type Present<Value> = {
  [Key in keyof Value]: Exclude<Value[Key], undefined>;
};

/** The same object without the keys that hold undefined. */
export function present<Value extends object>(value: Value): Present<Value> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  // What was checked by the schema, less the keys that were left out.
  return Object.fromEntries(entries) as Present<Value>;
}
