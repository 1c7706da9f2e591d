/**
 * Bundles the commands into dist/, as modules that share chunks: starting up costs a few
 * small files, and what a command imports lazily stays lazy (bench/startup.js measures it).
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { filesBelow } from './digest.js';
import {
  asLoaded,
  builtinsFromProcess,
  importFile,
  importText,
  lazyOclif,
  rare,
  rareApart,
  rareFile,
  withHotChunk,
} from './fast-start.js';
import { writeNotices } from './third-party-notices.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** On the way of every command, and plain JavaScript; the rest is loaded from node_modules. */
const bundled = ['@oclif/core', 'pg', 'pg-protocol'];

/** Loaded by every command, in one file; `exec` too, so that it needs no other. */
const hot = [
  'commands/exec.ts',
  'src/cli/main.ts',
  'src/cli/base-command.ts',
  'src/control/client.ts',
  'src/identity/given-tokens.ts',
  'src/identity/stored-tokens.ts',
].map((file) => path.join(root, file));

/** How the command ends that is run for its compiled code. */
const loginRequired = 4;

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  write: false,
  sourcemap: 'inline',
  sourcesContent: false,
  metafile: true,
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
  const [{ metafile, outputFiles }, { outputFiles: rarely }] = await Promise.all([program, apart]);
  await Promise.all(
    [...asLoaded(outputFiles, metafile.outputs, { root, hot }), ...rarely].map(writeSmall),
  );
  await writeNotices(root, outdir, [program, apart]);
  writeFileSync(path.join(outdir, 'chunks', importFile), importText);
  const ids = commands.map(commandId);
  writeFileSync(path.join(outdir, 'oclif.manifest.json'), JSON.stringify(placesOf(ids, outdir)));
  writeFileSync(path.join(outdir, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
}

function externals() {
  const about = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const installed = Object.keys({ ...about.dependencies, ...about.optionalDependencies });
  const outside = installed.filter((name) => !bundled.includes(name));
  return outside.flatMap((name) => [name, `${name}/*`]);
}

function commandId(file) {
  return path
    .relative(path.join(root, 'commands'), file)
    .replace(/\.ts$/, '')
    .split(path.sep)
    .join(':');
}

/**
 * A manifest that only says where each command is: enough to start it, and a twentieth of the
 * one that also describes them, for help.
 */
function placesOf(ids, outdir) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const place = (id) => {
    const file = `commands/${id.replaceAll(':', '/')}`;
    const isESM = existsSync(path.join(outdir, `${file}.mjs`));
    const relativePath = `${file}${isESM ? '.mjs' : '.js'}`.split('/');
    return { id, isESM, relativePath, aliases: [], hiddenAliases: [] };
  };
  return { version, commands: Object.fromEntries(ids.map((id) => [id, place(id)])) };
}

function entryPoint(file) {
  const out = path
    .relative(root, file)
    .replace(/^src\/cli\//, '')
    .replace(/\.ts$/, '');
  return { in: file, out };
}

/** Bundled CommonJS asks for Node's own modules, and for the rare ones, through `require`. */
const asModule = {
  format: 'esm',
  banner: `const require = globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url);`,
};

const asCommonJs = { format: 'cjs', platform: 'node', banner: '"use strict";' };

/** Parsing is a good part of starting up. HOOPX_DEBUG=1 shows the original places in stacks. */
async function writeSmall({ path: file, text }) {
  const { code, map } = await transform(builtinsFromProcess(text), {
    ...(file.endsWith('.mjs') ? asModule : asCommonJs),
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

/** For Node before 22.8, which keeps no compiled code by itself. */
function storeCompiled() {
  if ('enableCompileCache' in nodeModule) return;
  const home = mkdtempSync(path.join(tmpdir(), 'hoopx-build-'));
  try {
    // By its environment alone it would find a gateway and a login of whoever builds.
    const env = { PATH: process.env.PATH, HOME: home, HOOPX_CREDENTIALS: 'file' };
    const script = path.join(root, 'scripts', 'store-compiled.js');
    const { status, stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
    if (status !== loginRequired) throw new Error(`storing compiled code: ${status}: ${stderr}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

await replaceDist();
storeCompiled();
