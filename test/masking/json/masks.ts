import fc from 'fast-check';
import type { JsonMaskerParts } from '../../../src/masking/json/json-masker.ts';
import { parseJsonPath } from '../../../src/masking/json/json-path.ts';
import { createMask } from '../../../src/masking/strategies.ts';
import { key, maskingOf, ruleWith } from '../questions.ts';

const masked = [
  ['$.token', 'redact'],
  ['$..name', 'redact'],
  ['$.items[*].data.*', 'partial'],
  ["$['a'][0]", 'redact'],
  ['$.*.a', 'hash'],
  ['$..object', 'null'],
] as const;

export const paths = masked.map(([path, strategy]) => {
  const parsed = parseJsonPath(path);
  if (parsed === null) throw new Error(`${path} is no path`);
  return { path: parsed, mask: createMask(strategy, key) };
});

export const text = maskingOf([ruleWith({ detectors: ['email', 'card'] })])?.text ?? null;

export const nothing: JsonMaskerParts = { paths: [], text: null, secrets: false };

/** Every combination of what masks JSON. */
export const anyParts: fc.Arbitrary<JsonMaskerParts> = fc.record({
  paths: fc.constantFrom(paths, paths.slice(0, 2), []),
  text: fc.constantFrom(text, null),
  secrets: fc.boolean(),
});
