import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseApiPath } from '../../../src/protocols/kubernetes/wire/api-path.ts';

const word = fc
  .stringMatching(/^[a-z][a-z0-9.:-]{0,12}$/)
  .filter((text) => !['namespaces', 'watch', 'proxy'].includes(text));

test('the parts of a path come back, for every resource path', () => {
  const parts = fc.record({
    group: fc.option(word, { nil: '' }),
    version: word,
    resource: word,
    namespace: fc.option(word),
    name: fc.option(word),
    subresource: fc.option(word, { nil: '' }),
    watchPrefix: fc.boolean(),
  });
  fc.assert(
    fc.property(parts, fc.boolean(), (given, slash) => {
      const { group, version, resource, namespace, name, watchPrefix } = given;
      // "status" and "finalize" of a namespace are its own.
      fc.pre(namespace === null || !['status', 'finalize'].includes(resource));
      const subresource = name === null ? '' : given.subresource;
      const path = [
        ...(group === '' ? ['', 'api'] : ['', 'apis', group]),
        version,
        ...(watchPrefix ? ['watch'] : []),
        ...(namespace === null ? [] : ['namespaces', namespace]),
        resource,
        ...(name === null ? [] : [name]),
        ...(subresource === '' ? [] : [subresource]),
        ...(slash ? [''] : []),
      ].join('/');
      expect(parseApiPath(path)).toEqual({
        kind: 'resource',
        place: { ...given, subresource, rest: [] },
      });
    }),
  );
});

test('any path is read as something, and what is under no API root is never a resource', () => {
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      const { kind } = parseApiPath(path);
      if (!/^\/+apis?(\/|$)/.test(path)) expect(kind).not.toBe('resource');
    }),
  );
});
