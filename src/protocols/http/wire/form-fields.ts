/** One field of a form, as a browser takes it from an input. */
export type FormField = readonly [name: string, value: string];

/**
 * The fields of a body in application/x-www-form-urlencoded from which a browser makes exactly
 * these bytes again (HTML standard, 4.10.21 and URL standard, 5.2). Null where it would not.
 */
export function formFieldsOf(body: Buffer): readonly FormField[] | null {
  const text = body.toString('latin1');
  const pairs = new URLSearchParams(text);
  const fields = [...pairs];
  if (pairs.toString() !== text) return null;
  return fields.every(([name, value]) => name !== '' && survives(name) && survives(value))
    ? fields
    : null;
}

/** Line ends come as CRLF, whatever they were; NUL does not come at all. */
function survives(text: string): boolean {
  const normal = text.replaceAll(/\r\n|\r|\n/g, '\r\n');
  return normal === text && !text.includes('\0');
}
