import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noticesOf } from '../../scripts/third-party-notices.js';

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'hoopx-notices-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function plant(folder: string, files: Readonly<Record<string, string>>) {
  const about = { name: path.basename(folder), version: '1.0.0', license: 'MIT' };
  const all = { 'package.json': JSON.stringify(about), 'index.js': 'export {}', ...files };
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(root, folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

const bundle = (...inputs: string[]) => ({
  outputs: { 'dist/main.js': { inputs: Object.fromEntries(inputs.map((name) => [name, {}])) } },
});

test('a package without the text of its licence is not bundled', () => {
  plant('node_modules/bare', { 'README.md': '# bare\n\n## Use\n\nLicense: MIT\n' });
  expect(() => noticesOf(root, [bundle('node_modules/bare/index.js')])).toThrow(
    'bare 1.0.0 comes without its licence',
  );
});

test('the innermost package of every bundled file is named, with its licence and notice', () => {
  plant('node_modules/outer', { LICENSE: 'outer terms' });
  plant('node_modules/outer/node_modules/inner', {
    'LICENCE.md': 'terms',
    NOTICE: 'inner was here',
  });
  plant('node_modules/@some/scoped', { 'licence-mit.txt': 'scoped terms' });
  plant('node_modules/told', { 'readme.md': '# told\n## License\n\ntold terms\n\n## Else\n\nno' });
  plant('node_modules/unused', { LICENSE: 'unused terms' });
  const text = noticesOf(root, [
    bundle('src/own.ts', 'rare:unused', 'node_modules/outer/node_modules/inner/index.js'),
    bundle('node_modules/@some/scoped/lib/deep.js', 'node_modules/told/index.js'),
  ]);
  expect(text).toContain('inner 1.0.0 (MIT)\n\nterms\n\ninner was here\n');
  expect(text).toContain('scoped 1.0.0 (MIT)\n\nscoped terms\n');
  expect(text).toContain('told 1.0.0 (MIT)\n\nLicense\n\ntold terms\n');
  expect(text).not.toMatch(/outer|unused|Else/);
});

test('every package that a real bundle takes code from is named', async () => {
  const project = path.resolve(process.cwd());
  const { metafile, outputFiles } = await build({
    absWorkingDir: project,
    stdin: { contents: "import '@oclif/core'; import 'pg';", resolveDir: project },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    outfile: 'main.js',
    sourcemap: 'external',
    metafile: true,
    logLevel: 'error',
    external: ['typescript', 'pnpapi'],
  });
  const map = outputFiles.find((file) => file.path.endsWith('.map'))?.text ?? '{}';
  const sources: readonly string[] = JSON.parse(map).sources;
  const folders = sources.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  expect(folders.length).toBeGreaterThan(0);
  const text = noticesOf(project, [metafile]);
  for (const folder of folders) {
    const about = readFileSync(path.join(project, folder, 'package.json'), 'utf8');
    const { name, version } = JSON.parse(about);
    expect(text).toContain(`\n${name} ${version} (`);
  }
});
