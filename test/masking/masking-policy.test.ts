import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { ann, annsAgent, maskingOf, ruleWith } from './questions.ts';

const emails = ruleWith({ columns: ['*.customers.email'] });
const customersEmail = { schema: 'public', table: 'customers', column: 'email' };

describe('a rule masks', () => {
  it.each([
    ['its connections, by glob', { connections: ['pg-*'] }],
    ['connections with its labels', { labels: { env: 'pro*' } }],
    ['whoever is in its groups', { principals: { groups: ['dba'] } }],
    ['whoever it names', { principals: { users: ['ANN@example.com'] } }],
    [
      'those whom an exemption does not name wholly',
      {
        except: { groups: ['dba'], kinds: ['agent'] },
      },
    ],
    [
      'a user in another spelling than that of the exemption',
      {
        except: { users: ['Ann@example.com'] },
      },
    ],
  ] as const)('%s', (_, parts) => {
    expect(maskingOf([{ ...emails, ...parts }])?.columns?.maskFor(customersEmail)).not.toBe(null);
  });

  it('the agents of a person whom it names, and who are not exempt as the person is', () => {
    const named = { ...emails, principals: { users: ['sub-ann'] } };
    expect(maskingOf([named], { principal: annsAgent })).not.toBe(null);
    const exempt = { ...emails, except: { users: ['sub-ann'] } };
    expect(maskingOf([exempt], { principal: ann })).toBe(null);
    expect(maskingOf([exempt], { principal: annsAgent })).not.toBe(null);
  });
});

describe('nothing is masked, at no cost,', () => {
  it.each([
    ['on other connections', { connections: ['mysql-*'] }],
    ['without its labels', { labels: { env: 'prod', tier: '*' } }],
    ['for a label that every object has', { labels: { constructor: '*' } }],
    ['for others than its principals', { principals: { groups: ['sales'] } }],
    ['for those exempt by every key', { except: { groups: ['dba'], kinds: ['human'] } }],
  ] as const)('%s', (_, parts) => {
    expect(maskingOf([{ ...emails, ...parts }])).toBe(null);
  });

  it('without rules', () => {
    expect(maskingOf([])).toBe(null);
  });
});

describe('a column', () => {
  const strategyOf = (globs: readonly string[], column = customersEmail) =>
    maskingOf([ruleWith({ columns: globs })])?.columns?.maskFor(column)?.strategy ?? null;

  it.each([[['*.customers.email']], [['customers.email']], [['public.*.*']], [['CUSTOMERS.E*']]])(
    'is masked by %s',
    (globs) => {
      expect(strategyOf(globs)).toBe('redact');
      expect(strategyOf(globs, { ...customersEmail, table: 'Customers' })).toBe('redact');
    },
  );

  it.each([[['app.customers.email']], [['customers.mail']], [['public.email']]])(
    'is left by %s',
    (globs) => {
      expect(strategyOf(globs)).toBe(null);
    },
  );

  it('with several rules has the strictest mask, each with its own key', () => {
    const rules = [
      ruleWith({ columns: ['*.*'], strategy: 'partial' }),
      ruleWith({ columns: ['*.email'], strategy: 'hash', key: new Secret('first key of two') }),
      ruleWith({ columns: ['*.email'], strategy: 'hash', key: new Secret('other key of two') }),
    ];
    const mask = maskingOf(rules)?.columns?.maskFor(customersEmail);
    const alone = maskingOf(rules.slice(0, 2))?.columns?.maskFor(customersEmail);
    expect(mask?.strategy).toBe('hash');
    expect(mask?.apply('x')).toBe(alone?.apply('x'));
  });

  it('is looked for only in tables that a rule may mean', () => {
    const columns = maskingOf([emails])?.columns;
    expect(columns?.touchesTable('app', 'customers')).toBe(true);
    expect(columns?.touchesTable(null, 'customers')).toBe(true);
    expect(columns?.touchesTable('app', 'orders')).toBe(false);
    const inApp = maskingOf([ruleWith({ columns: ['app.customers.*'] })])?.columns;
    expect(inApp?.touchesTable('public', 'customers')).toBe(false);
    expect(inApp?.touchesTable(null, 'customers')).toBe(true);
  });
});
