import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-problem.ts';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { env, fileOf, sample } from './gateway-files.ts';

async function maskingOf(lines: string, environment: Record<string, string> = {}) {
  const file = await fileOf(`${sample}${lines}\n`);
  return (await loadGatewayConfig(file, { ...env, ...environment })).masking;
}

async function problemsOf(lines: string, environment?: Record<string, string>) {
  try {
    await maskingOf(lines, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, key, message }) => `${line} ${key}: ${message}`);
  }
  return [];
}

describe('masking is refused', () => {
  it.each([
    [
      'a key that is unknown',
      '{ column: [a.b] }',
      '46 masking[0].column: unknown key; did you mean columns?',
    ],
    [
      'a rule that masks nothing',
      '{ connections: [pg-*] }',
      '46 masking[0]: must say what it masks',
    ],
    ['no column', '{ columns: [email] }', '46 masking[0].columns[0]: is no column'],
    ['four names', '{ columns: [a.b.c.d] }', '46 masking[0].columns[0]: is no column'],
    [
      'a strategy of no name',
      '{ columns: [a.b], strategy: blur }',
      'strategy: must be one of null, redact',
    ],
    ['a detector of no name', '{ detectors: [mail] }', 'detectors[0]: must be one of email'],
    [
      'a key where none is used',
      '{ columns: [a.b], key: env:K }',
      'masking[0].key: is for hash and fake',
    ],
    [
      'a key in the file',
      '{ columns: [a.b], strategy: hash, key: hunter2 }',
      'a secret is not written in this file',
    ],
    [
      'a chain that is not there',
      '{ columns: [a.b], unmask: { chain: nosuch, for: 1h } }',
      'masking[0].unmask.chain: there is no chain nosuch',
    ],
    ['a lift without end', '{ columns: [a.b], unmask: { chain: dba } }', 'masking[0].unmask.for'],
    [
      'a lift of Secrets',
      '{ secrets: mask, unmask: { chain: dba, for: 1h } }',
      'masking[0].unmask: is for a rule',
    ],
    ['an exemption of nobody', '{ columns: [a.b], except: {} }', 'masking[0].except: must name'],
    [
      'showing and masking at once',
      '{ columns: [a.b], secrets: show }',
      'masking[0].secrets: shows',
    ],
  ])('for %s', async (_, rule, expected) => {
    expect((await problemsOf(`masking:\n  - ${rule}`)).join('\n')).toContain(expected);
  });

  it('for a key too short', async () => {
    expect((await problemsOf('maskingKey: env:SHORT', { SHORT: 'hunter2' })).join('\n')).toContain(
      'must have at least 16 characters',
    );
  });
});

describe('what is not enforced yet', () => {
  it.each(['detectors: [email], files: true'])('is refused: %s', async (key) => {
    expect((await problemsOf(`masking:\n  - { ${key} }`)).join('\n')).toContain('not enforced yet');
  });
});
