import { describe, expect, it } from 'vitest';
import { corpus } from './corpus-classes.ts';
import { corners } from './corpus-grammar.ts';
import { decide } from './shared-parser.ts';

describe.each(Object.entries(corpus))('the class is %s', (classes, statements) => {
  it.each(statements)('%s', (sql) => {
    const { facts, barred } = decide(sql);
    expect(barred).toBeUndefined();
    expect(facts.classes.join(' ')).toBe(classes);
  });
});

describe('every corner of the grammar is known', () => {
  it.each(corners)('%s', (sql) => {
    const { facts, barred } = decide(sql);
    expect(barred).toBeUndefined();
    expect(facts.statements.length).toBeGreaterThan(0);
    expect(facts.classes).not.toContain('unknown');
    expect(facts.classes.length).toBeGreaterThan(0);
  });
});
