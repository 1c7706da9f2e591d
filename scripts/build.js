/**
 * Bundles the commands and what they load at once into dist/, as ES modules that share
 * chunks: starting up costs a few files, and what a command imports lazily stays lazy.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { filesBelow } from './digest.js';
import { builtinsFromProcess, lazyOclif } from './fast-start.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** On the way of every command, and plain JavaScript; the rest is loaded from node_modules. */
const bundled = ['@oclif/core', 'pg', 'pg-protocol'];

// Bundled CommonJS asks for Node's own modules through `require`.
const banner = `const require = globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url);`;

export async function buildTo(outdir) {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const external = installed.filter((name) => !bundled.includes(name));
  const commands = filesBelow(path.join(root, 'commands')).filter((file) => file.endsWith('.ts'));
  const { outputFiles } = await build({
    write: false,
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts', ...commands].map((file) =>
      entryPoint(path.resolve(root, file)),
    ),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    jsx: 'automatic',
    banner: { js: banner },
    chunkNames: 'chunks/[name]-[hash]',
    external: [...external.flatMap((name) => [name, `${name}/*`]), 'typescript', 'pnpapi'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'linked',
    plugins: [builtinsFromProcess, lazyOclif],
    logLevel: 'warning',
  });
  for (const { path: file, contents } of outputFiles) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}

function entryPoint(file) {
  const out = path
    .relative(root, file)
    .replace(/^src\/cli\//, '')
    .replace(/\.ts$/, '');
  return { in: file, out };
}

/** Replaces dist/ in one step, so that nobody runs half of it. */
export async function replaceDist() {
  const dist = path.join(root, 'dist');
  const fresh = mkdtempSync(path.join(root, '.dist-'));
  chmodSync(fresh, 0o755);
  const old = `${fresh}-old`;
  try {
    await buildTo(fresh);
    try {
      renameSync(dist, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await replaceDist();
