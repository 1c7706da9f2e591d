/** Names as they were written, in order, repeated lines apart. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** From Node's flat `rawHeaders`. */
export function headerList(raw: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    list.push([raw[index] ?? '', raw[index + 1] ?? '']);
  }
  return list;
}

/** Every value of the header, in order. `name` in lower case. */
export function valuesOf(headers: HeaderList, name: string): readonly string[] {
  let values: string[] | null = null;
  for (const [each, value] of headers) {
    if (!isNamed(each, name)) continue;
    if (values === null) values = [value];
    else values.push(value);
  }
  return values ?? none;
}

const none: readonly string[] = [];

/** Whether a header has that name, which is in lower case. */
export function isNamed(header: string, name: string): boolean {
  // Asked dozens of times for every header: most differ in length.
  return header.length === name.length && (header === name || header.toLowerCase() === name);
}

/** The one value of the header; null without one, or where there are several. */
export function onlyValueOf(headers: HeaderList, name: string): string | null {
  const values = valuesOf(headers, name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** The members of a comma-separated list over all lines (RFC 9110, 5.6.1), in lower case. */
export function tokensOf(headers: HeaderList, name: string): readonly string[] {
  const values = valuesOf(headers, name);
  if (values.length === 0) return none;
  return values
    .flatMap((value) => value.split(','))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '');
}

/** What many servers make of a name: CGI and its heirs cannot tell `-` from `_`. */
export function foldedName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower;
}

/** As Node's `addTrailers` takes them. */
export function asPairs(headers: HeaderList): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}
