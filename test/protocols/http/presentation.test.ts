import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../src/protocols/http/http-request.ts';
import { httpDecidable } from '../../../src/protocols/http/operations.ts';
import { httpPresentation } from '../../../src/protocols/http/presentation.ts';
import type { HeaderList } from '../../../src/protocols/http/wire/header-list.ts';
import { jsonLines } from '../../../src/protocols/http/wire/json-lines.ts';
import { parseRequestTarget } from '../../../src/protocols/http/wire/request-target.ts';

const json: HeaderList = [['Content-Type', 'application/json']];

function shown(
  body: string | Buffer | null,
  headers: HeaderList = json,
  trailers: HeaderList = [],
) {
  const request: HttpRequest = {
    ...{ method: 'POST', target: parseRequestTarget('/v1/users?dry=1', []), headers },
    ...{ framing: { kind: 'open' }, upgrade: null, acceptsTrailers: false, waitMs: null },
    impersonation: [],
    body: body === null ? { kind: 'unread' } : { kind: 'read', bytes: Buffer.from(body), trailers },
  };
  return httpPresentation(request, httpDecidable(request, { graphql: true, healthPath: null }));
}

describe('what a reviewer is shown of a request', () => {
  it.each(['Authorization', 'Cookie', 'X-Api-Key', 'X-Vault-Token', 'PRIVATE-TOKEN', 'X-Secret'])(
    'never has the value of %s, and says that it goes with the request',
    (name) => {
      const { statement, notes } = shown('{}', [[name, 'hunter2']]);
      expect(JSON.stringify({ statement, notes })).not.toContain('hunter2');
      expect(notes).toContain(`The client's own ${name} goes with it.`);
    },
  );

  it('says that a body was not read', () => {
    expect(shown(null).inputNotReviewed).toBe('the request body');
    expect(shown('{}').inputNotReviewed).toBeNull();
  });

  it('has the body whole, however long it is', () => {
    const long = `${'x'.repeat(900_000)}the end`;
    expect(shown(long, []).statement.endsWith('the end')).toBe(true);
    const list = JSON.stringify(Array.from({ length: 50_000 }, (_, index) => index));
    expect(shown(list).statement).toContain('\n  49999\n]');
  });

  it('has JSON on lines, as it is written, and says so', () => {
    const { statement, notes } = shown(
      '{"a":1.0,"b":[{},{"c":"\\u202e"}],"n":12345678901234567890}',
    );
    expect(statement).toBe(
      [
        'POST /v1/users?dry=1',
        'content-type: application/json',
        '',
        '{',
        '  "a": 1.0,',
        '  "b": [',
        '    {},',
        '    {',
        '      "c": "\\u202e"',
        '    }',
        '  ],',
        '  "n": 12345678901234567890',
        '}',
      ].join('\n'),
    );
    expect(notes).toEqual(['The body is shown with lines of its own; it is sent as it came.']);
  });

  it('leaves JSON that can be read in two ways as it came, and warns of it', () => {
    const { statement, notes } = shown('{"a":1,"a":2}');
    expect(statement.endsWith('\n\n{"a":1,"a":2}')).toBe(true);
    expect(notes.join()).toContain('cannot be read for certain');
  });

  it('leaves JSON as it came where lines would fill the memory', () => {
    const deep = `${'['.repeat(120)}${Array(40_000).fill('1').join()}${']'.repeat(120)}`;
    expect(shown(deep).statement.endsWith(deep)).toBe(true);
  });

  it('names bytes that are no text by their digest', () => {
    const { statement, notes } = shown(Buffer.from([0xff, 0x00]), []);
    expect(statement).toBe('POST /v1/users?dry=1');
    expect(notes).toEqual([expect.stringMatching(/not text: 2 bytes, sha256 [0-9a-f]{64}/)]);
  });

  it('has what GraphQL would do, and trailers', () => {
    const document = JSON.stringify({ query: 'mutation Tidy { deleteUser(id: 1) { id } }' });
    const { outline, notes } = shown(document, json, [['X-Sum', '7']]);
    expect(outline).toEqual(['GraphQL mutation: deleteUser (called Tidy)']);
    expect(notes).toContain('Trailer X-Sum: 7');
  });
});

describe('lines of a JSON text', () => {
  it('are the same text but for white space between its tokens', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, indent) => {
        const written = JSON.stringify(JSON.parse(text), null, indent);
        const lined = jsonLines(written, 1_000_000) ?? '';
        expect(JSON.parse(lined)).toEqual(JSON.parse(written));
        expect(lined).toBe(jsonLines(lined, 1_000_000));
        const squeezed = (json: string) => json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
        expect(squeezed(lined)).toBe(squeezed(written));
      }),
    );
  });
});
