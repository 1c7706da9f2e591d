import { expect, it } from 'vitest';
import { findPolicyWarnings } from '../../src/policy/warnings.ts';
import { chain, specOf } from './questions.ts';

it('says what can never matter', () => {
  const spec = specOf(
    [
      { name: 'misspelt', connections: ['pg-prd'], then: 'deny' },
      { name: 'meant', connections: ['pg-*'], then: 'review', chain: 'dba' },
    ],
    { policies: { night: [] }, chains: { dba: chain, leads: chain } },
  );
  expect(findPolicyWarnings(spec, ['pg-prod'])).toEqual([
    'rule "misspelt": there is no connection named pg-prd',
    'chain "leads": no rule asks for it',
    'policies "night": no chain falls back to it',
  ]);
});

it('says nothing of a rule set in which everything is used', () => {
  const spec = specOf([{ name: 'meant', then: 'review', chain: 'dba' }], {
    chains: { dba: { ...chain, fallback: { policy: 'night' } } },
    policies: { night: [{ name: 'x', connections: ['pg-*'], then: 'allow' }] },
  });
  expect(findPolicyWarnings(spec, ['pg-prod'])).toEqual([]);
});
