import type { QueryPair } from '../../http/wire/query.ts';

/** How the API server reads a parameter: the first of its name. */
export function optionOf(pairs: readonly QueryPair[], name: string): string | null {
  return pairs.find((pair) => pair.name === name)?.value ?? null;
}

/** Empty means true there (k8s.io/apimachinery, Convert_Slice_string_To_bool). */
export function flagOf(pairs: readonly QueryPair[], name: string): boolean {
  const value = optionOf(pairs, name);
  return value !== null && ['', '1', 'true'].includes(value.toLowerCase());
}

/** Whether every parameter of that name says so, and there is one. */
export function onlyValueIs(pairs: readonly QueryPair[], name: string, value: string): boolean {
  const given = pairs.filter((pair) => pair.name === name);
  return given.length > 0 && given.every((pair) => pair.value === value);
}

/** `metadata.name=web` in a field selector asks for that one object. */
export function selectedName(pairs: readonly QueryPair[]): string | null {
  const terms = (optionOf(pairs, 'fieldSelector') ?? '').split(',');
  for (const term of terms) {
    const name = /^\s*metadata\.name\s*={1,2}\s*([A-Za-z0-9.:-]+)\s*$/.exec(term)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}
