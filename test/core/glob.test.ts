import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/core/glob.ts';
import { compileNameGlob } from '../../src/policy/name-glob.ts';

describe('a glob', () => {
  it('refuses what it does not spell out', () => {
    expect(compileGlob('pg-*')('mysql-prod')).toBe(false);
    expect(compileGlob('pg-prod')('pg-prod2')).toBe(false);
    expect(compileGlob('a*a')('a')).toBe(false);
    expect(compileGlob('*ab*ab')('ab')).toBe(false);
    expect(compileGlob('')('x')).toBe(false);
  });

  it('takes every character but the star for itself', () => {
    expect(compileGlob('a.c')('abc')).toBe(false);
    expect(compileGlob('a?c')('abc')).toBe(false);
    expect(compileGlob('[a]')('a')).toBe(false);
  });

  it('agrees with the regular expression that it stands for', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (glob, text) => {
        const source = glob.replaceAll('.', '\\.').replace(/\*+/g, '.*');
        expect(compileGlob(glob)(text)).toBe(new RegExp(`^${source}$`, 's').test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes linear time on text made against it', () => {
    const matches = compileGlob(`${'*a'.repeat(50)}*b`);
    const started = performance.now();
    expect(matches('a'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('a name glob', () => {
  const accounts = { schema: null, name: 'accounts' };

  it('covers an unqualified name only when it leaves the schema open', () => {
    expect(compileNameGlob('public.accounts').covers(accounts)).toBe(false);
    expect(compileNameGlob('p*.accounts').covers(accounts)).toBe(false);
    expect(compileNameGlob('*.accounts').covers(accounts)).toBe(true);
    expect(compileNameGlob('accounts').covers(accounts)).toBe(true);
  });

  it('touches an unqualified name in any schema', () => {
    expect(compileNameGlob('public.accounts').touches(accounts)).toBe(true);
    expect(compileNameGlob('secret.*').touches(accounts)).toBe(true);
    expect(compileNameGlob('public.orders').touches(accounts)).toBe(false);
  });

  it('reads a glob without a schema as any schema', () => {
    expect(compileNameGlob('accounts').touches({ schema: 'audit', name: 'accounts' })).toBe(true);
    expect(compileNameGlob('accounts').covers({ schema: 'audit', name: 'accounts' })).toBe(true);
  });

  it('never takes the dot of a quoted identifier for a schema', () => {
    const quoted = { schema: null, name: 'public.accounts' };
    expect(compileNameGlob('public.accounts').covers(quoted)).toBe(false);
    expect(compileNameGlob('public.*').covers(quoted)).toBe(false);
    expect(compileNameGlob('*').covers(quoted)).toBe(true);
  });
});
