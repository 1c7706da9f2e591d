import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formFieldsOf } from '../../../src/protocols/http/wire/form-fields.ts';

test.each([
  ['a field without a name', '=1'],
  ['another spelling of a space', 'a=b%20c'],
  ['escapes in lower case', 'a=%c3%bc'],
  ['bytes that are no UTF-8', 'a=%FF'],
  ['a bare line feed', 'a=b%0Ac'],
  ['NUL', 'a=%00'],
  ['no form', '{"a":1}'],
])('%s would not come again as it was', (_, body) => {
  expect(formFieldsOf(Buffer.from(body))).toBeNull();
});

test('fields that are read make the very bytes again', () => {
  const pair = fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string());
  const any = fc.array(pair).map((pairs) => new URLSearchParams(pairs).toString());
  fc.assert(
    fc.property(fc.oneof(any, fc.string()), (body) => {
      const fields = formFieldsOf(Buffer.from(body));
      if (fields === null) return;
      const again = new URLSearchParams();
      for (const [name, value] of fields) again.append(name, value);
      expect(again.toString()).toBe(body);
    }),
  );
});
