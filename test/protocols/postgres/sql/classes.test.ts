import { describe, expect, it } from 'vitest';
import { corpus } from './corpus-classes.ts';
import { decide } from './shared-parser.ts';

describe.each(Object.entries(corpus))('the class is %s', (classes, statements) => {
  it.each(statements)('%s', (sql) => {
    const { facts, barred } = decide(sql);
    expect(barred).toBeUndefined();
    expect(facts.classes.join(' ')).toBe(classes);
  });
});
