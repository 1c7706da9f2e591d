import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkPlanted, type Finding } from './planted-tree.ts';

const settings = ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'];

function cruise(files: Readonly<Record<string, string>>): Promise<Finding> {
  const folders = new Set(Object.keys(files).map((name) => name.split('/')[0] ?? ''));
  const config = ['--config', '.dependency-cruiser.cjs'];
  return checkPlanted(files, settings, ['depcruise', ...config, ...folders]);
}

/** Rule, folder of the importing file, what it imports. */
const forbidden: [string, string, string][] = [
  ['core-imports', 'src/core', '../policy/thing.ts'],
  ['policy-imports', 'src/policy', '../store/thing.ts'],
  ['tui-imports', 'src/tui', '../gateway/thing.ts'],
  ['tunnel-imports', 'src/tunnel', '../control/server/thing.ts'],
  ['metrics-imports', 'src/metrics', '../store/thing.ts'],
  ['tracing-imports', 'src/tracing', '../gateway/thing.ts'],
  ['sinks-imports', 'src/sinks', '../store/thing.ts'],
  ['exec-imports', 'src/exec', '../gateway/thing.ts'],
  ['gateway-imports', 'src/gateway', '../demo/thing.ts'],
  ['commands-imports', 'commands', '../src/store/thing.ts'],
  ['commands-imports', 'commands', './thing.ts'],
  ['protocol-imports', 'src/protocols/ssh', '../http/thing.ts'],
  ['protocol-imports', 'src/protocols/ssh', '../../policy/thing.ts'],
  ['protocol-imports', 'src/protocols/http', '../kubernetes/thing.ts'],
  ['kubernetes-imports', 'src/protocols/kubernetes', '../ssh/thing.ts'],
  ['kubernetes-imports', 'src/protocols/kubernetes', '../../approvals/thing.ts'],
  ['house-of-yaml', 'src/protocols/http', 'yaml'],
  ['adapter-imports', 'src/protocols', './http/thing.ts'],
  ['codecs-are-sans-io', 'src/protocols/ssh/wire', 'node:net'],
  ['the-vocabulary-does-no-io', 'src/core', 'node:fs/promises'],
  ['permits-are-made-in-core', 'src/protocols/ssh', '../../core/permit.ts'],
  ['the-client-stands-alone', 'src/control/client', '../server/thing.ts'],
  ['house-of-ink', 'commands', 'ink'],
  ['house-of-ink', 'src/cli', 'react/jsx-runtime'],
  ['house-of-ssh2', 'src/gateway', 'pg-protocol'],
  ['house-of-ssh2', 'src/gateway', 'ssh2'],
  ['house-of-oclif', 'src/exec', '@oclif/core'],
  ['house-of-keytar', 'src/cli', 'keytar/keytar.js'],
  ['house-of-keytar', 'src/control', 'openid-client'],
  ['house-of-prom', 'src/gateway', 'prom-client'],
  ['house-of-opentelemetry', 'src/gateway', '@opentelemetry/api'],
  ['house-of-aws4fetch', 'src/recording', 'aws4fetch'],
  ['audit-imports', 'src/audit', '../s3/thing.ts'],
  ['house-of-kysely', 'src/approvals', 'kysely'],
  ['no-development-packages', 'src/store', 'fast-check'],
  ['no-tests-in-the-product', 'src/core', '../../test/thing.ts'],
  ['nothing-missing', 'src/core', './gone.ts'],
];

const plantedAt = (index: number) => `${forbidden[index]?.[1]}/planted-${index}.ts`;

describe('a forbidden import is caught', () => {
  let finding: Finding;
  beforeAll(async () => {
    const planted = forbidden.map(([, folder, target], index) => [
      [plantedAt(index), `export { thing as own${index} } from '${target}';\n`],
      ...(target.startsWith('.') && !target.endsWith('/gone.ts')
        ? [[path.join(folder, target), 'export const thing = 1;\n']]
        : []),
    ]);
    finding = await cruise({
      ...Object.fromEntries(planted.flat()),
      'src/core/a.ts': `import { b } from './b.ts';\nexport const a = () => b;\n`,
      'src/core/b.ts': `import { a } from './a.ts';\nexport const b = () => a;\n`,
      'src/net/type.ts': `import type { thing } from '../core/permit.ts';\nexport type A = typeof thing;\n`,
    });
  });

  test.each(forbidden.map((each, index) => [...each, index] as const))(
    '%s: a file in %s imports %s',
    (rule, _folder, _target, index) => {
      expect(finding.output).toContain(`error ${rule}: ${plantedAt(index)} → `);
      expect(finding.exitCode).toBeGreaterThan(0);
    },
  );

  test('no-cycles: two files that import each other', () => {
    expect(finding.output).toContain('error no-cycles: src/core/a.ts');
  });

  test('permits-are-made-in-core: the mere type is no exception', () => {
    expect(finding.output).toContain('error permits-are-made-in-core: src/net/type.ts');
  });
});

test('what the arrows allow passes', async () => {
  const { exitCode, output } = await cruise({
    'commands/a.ts': `import { thing } from '../src/exec/a.ts';\nexport default thing;\n`,
    'src/exec/a.ts': `import { thing } from '../control/client.ts';\nexport { thing };\n`,
    'src/control/client.ts': `import { thing } from '../core/thing.ts';\nexport { thing };\n`,
    'src/core/thing.ts': 'export const thing = 1;\n',
    'src/protocols/kubernetes/a.ts': `import { thing } from '../http/thing.ts';\nexport { thing };\n`,
    'src/protocols/http/thing.ts': 'export const thing = 1;\n',
    'src/tui/a.tsx': `import { Text } from 'ink';\nexport const a = Text;\n`,
  });
  expect(output).toContain('no dependency violations');
  expect(exitCode).toBe(0);
});
