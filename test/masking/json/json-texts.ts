import fc from 'fast-check';

export const secret = 'zq7ann@example.com';
export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

const blank = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n   ');
const keys = fc.oneof(
  fc.constantFrom('kind', 'data', 'stringData', 'metadata', 'annotations', 'items', 'object'),
  fc.constantFrom('name', 'token', 'a', '0', lastApplied, `x ${secret}`),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const kinds = fc.constantFrom('Secret', 'Secret', 'SecretList', 'List', 'ConfigMap');
const strings = fc.oneof(
  kinds,
  fc.constantFrom(secret, `to ${secret}; ü`, 'null', '4111111111111111'),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.json({ maxDepth: 2 }),
);
const scalars = fc.constantFrom(
  ...['null', 'true', 'false', '0', '-1.50', '1e999', '4111111111111111', '12345678901234567890.0'],
);

/** A string as one may write it: with escapes where none are needed, or without where they may be. */
export const written = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(9)).map(([value, style]) => {
    const source = JSON.stringify(value);
    if (source.includes('\\')) return source;
    if (style === 0) return source.replaceAll('/', '\\/').replaceAll('e', '\\u0065');
    if (style === 1) return source.replaceAll('@', '\\u0040').replaceAll('d', '\\u0064');
    return source;
  });

function listed(begin: string, end: string, items: readonly string[]): string {
  return `${begin}${items.join(',')}${end}`;
}

const spaced = (text: fc.Arbitrary<string>) =>
  fc.tuple(blank, text, blank).map((parts) => parts.join(''));

const member = (value: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(spaced(written(keys)), spaced(value)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('"kind"'), written(kinds)) },
  );

const noted = fc.letrec<{ text: string }>((tie) => ({ text: textsOf(tie('text')) })).text;

function textsOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const members = fc.array(member(value), { maxLength: 6 });
  return fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    written(strings),
    members.map((all) =>
      listed(
        '{',
        '}',
        all.map((pair) => pair.join(':')),
      ),
    ),
    fc.array(spaced(value), { maxLength: 4 }).map((all) => listed('[', ']', all)),
    fc
      .tuple(written(keys), value)
      .map(([key, inner]) => `{"metadata":{"annotations":{${key}:${inner}}}}`),
  );
}

/** What kubectl notes of an object. */
const withNote = fc.tuple(written(kinds), noted, fc.boolean()).map(([kind, text, first]) => {
  const metadata = `"metadata":{"annotations":{"${lastApplied}":${JSON.stringify(text)}}}`;
  return first ? `{"kind":${kind},${metadata}}` : `{${metadata},"kind":${kind}}`;
});

/** JSON texts, some of which look like what a Kubernetes API says. */
export const jsonTexts = spaced(
  fc.oneof({ weight: 5, arbitrary: noted }, { weight: 1, arbitrary: withNote }),
);
