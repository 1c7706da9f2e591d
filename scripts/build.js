/**
 * Bundles the commands into dist/, as ES modules that share chunks: starting up costs a few
 * small files, and what a command imports lazily stays lazy (bench/startup.js measures it).
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
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { filesBelow } from './digest.js';
import {
  builtinsFromProcess,
  lazyOclif,
  rare,
  rareApart,
  rareFile,
  withHotChunk,
} from './fast-start.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** On the way of every command, and plain JavaScript; the rest is loaded from node_modules. */
const bundled = ['@oclif/core', 'pg', 'pg-protocol'];

/** Loaded by every command, in one file. */
const hot = [
  'src/cli/main.ts',
  'src/cli/base-command.ts',
  'src/control/client.ts',
  'src/identity/given-tokens.ts',
  'src/identity/stored-tokens.ts',
].map((file) => path.join(root, file));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  write: false,
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'warning',
};

async function buildTo(outdir) {
  const commands = filesBelow(path.join(root, 'commands')).filter((file) => file.endsWith('.ts'));
  const program = build({
    ...common,
    entryPoints: [path.join(root, 'src/cli/main.ts'), ...commands].map(entryPoint),
    outdir,
    splitting: true,
    format: 'esm',
    jsx: 'automatic',
    // Bundled CommonJS asks for Node's own modules, and for the rare ones, through `require`.
    banner: {
      js: `const require = globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url);`,
    },
    chunkNames: 'chunks/[name]-[hash]',
    external: [...externals(), 'typescript', 'pnpapi'],
    plugins: [withHotChunk(hot), lazyOclif, rareApart],
  });
  const getters = rare.map((name) => `get '${name}'() { return require('${name}'); }`);
  const apart = build({
    ...common,
    stdin: {
      contents: `module.exports = { ${getters.join(', ')} };`,
      // Their versions are oclif's.
      resolveDir: path.dirname(createRequire(import.meta.url).resolve('@oclif/core')),
    },
    outfile: path.join(outdir, 'chunks', rareFile),
    format: 'cjs',
  });
  const outputs = await Promise.all([program, apart]);
  await Promise.all(outputs.flatMap(({ outputFiles }) => outputFiles).map(writeSmall));
}

function externals() {
  const about = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const installed = Object.keys({ ...about.dependencies, ...about.optionalDependencies });
  const outside = installed.filter((name) => !bundled.includes(name));
  return outside.flatMap((name) => [name, `${name}/*`]);
}

function entryPoint(file) {
  const out = path
    .relative(root, file)
    .replace(/^src\/cli\//, '')
    .replace(/\.ts$/, '');
  return { in: file, out };
}

/** Parsing is a good part of starting up. HOOPX_DEBUG=1 shows the original places in stacks. */
async function writeSmall({ path: file, text }) {
  const { code, map } = await transform(builtinsFromProcess(text), {
    minify: true,
    target: common.target,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'inline',
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${code}//# sourceMappingURL=${path.basename(file)}.map\n`);
  writeFileSync(`${file}.map`, map);
}

/** Replaces dist/ in one step, so that nobody runs half of it. */
async function replaceDist() {
  const dist = path.join(root, 'dist');
  const fresh = mkdtempSync(path.join(root, '.dist-'));
  const old = `${fresh}-old`;
  chmodSync(fresh, 0o755);
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

await replaceDist();
