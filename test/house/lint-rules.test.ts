import { expect, test } from 'vitest';
import { checkPlanted } from './planted-tree.ts';

const cases: [string, string, string][] = [
  ['noProcessEnv', 'src/core/a.ts', 'export const home = process.env.HOME;\n'],
  ['noDefaultExport', 'src/core/a.ts', 'export default 1;\n'],
  ['noExplicitAny', 'src/core/a.ts', 'export const a: any = 1;\n'],
  ['noNonNullAssertion', 'src/core/a.ts', 'export const first = (a: string[]) => a[0]!;\n'],
  ['noConsole', 'src/core/a.ts', "console.log('a');\n"],
  ['useFilenamingConvention', 'src/core/TwoWords.ts', 'export const a = 1;\n'],
];

test.each(cases)('%s is caught in %s', async (rule, file, content) => {
  const command = ['biome', 'check', '--error-on-warnings', '.'] as const;
  const { exitCode, output } = await checkPlanted(
    { [file]: content },
    ['biome.json'],
    [...command],
  );
  expect(output).toContain(rule);
  expect(exitCode).toBeGreaterThan(0);
});

test('the environment may be read in src/config', async () => {
  const files = { 'src/config/a.ts': 'export const home = process.env.HOME;\n' };
  const { output } = await checkPlanted(files, ['biome.json'], ['biome', 'check', 'src']);
  expect(output).not.toContain('noProcessEnv');
});

test('a source file of more than 300 lines is named', async () => {
  const files = { 'src/core/long.ts': '\n'.repeat(301), 'src/core/short.ts': '\n'.repeat(300) };
  const script = new URL('../../scripts/check-lengths.js', import.meta.url).pathname;
  const { exitCode, output } = await checkPlanted(files, [], ['node', script, '.']);
  expect(output).toBe('src/core/long.ts: 301 lines, at most 300');
  expect(exitCode).toBe(1);
});
