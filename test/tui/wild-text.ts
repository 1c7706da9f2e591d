import fc from 'fast-check';

const edges = [
  '\u001b',
  '\u001b[',
  '\r\n',
  '\n',
  '\t',
  '\u202e',
  '漢',
  '😀',
  'e\u0301',
  "'",
  '\ud800',
];

/** Any characters, the awkward ones often. */
export function wildText(): fc.Arbitrary<string> {
  const any = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
  const ascii = fc.integer({ min: 32, max: 126 }).map((code) => String.fromCodePoint(code));
  const piece = fc.oneof(fc.constantFrom(...edges), ascii, any);
  return fc.array(piece, { maxLength: 200 }).map((pieces) => pieces.join(''));
}
