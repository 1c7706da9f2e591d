/** esbuild plugins that keep what a run does not use from being loaded by it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** What is imported of these by name, and is no class, is loaded when it is first called. */
const calledOnly = [
  'node:crypto',
  'node:fs/promises',
  'node:stream/promises',
  'node:timers/promises',
  'node:tty',
];

/**
 * Importing one of Node's own modules as an ES module reads every one of its exports, which
 * for `node:fs` loads streams, promises and more. Taken from the process they cost nothing
 * but their own loading.
 */
export function builtinsFromProcess(text) {
  const statement = /^import (?:(\w+)(?:, )?)?(?:\* as (\w+)|\{([^}]*)\})? from "(node:[^"]+)";$/gm;
  const dynamic = /\bimport\("(node:[^"]+)"\)/g;
  return text
    .replace(statement, (_, whole, all, some, name) => {
      const members = (some ?? '').split(',').flatMap((each) => memberOf(each, name));
      const names = [whole, all].filter((each) => each !== undefined);
      const declared = [...names.map((each) => `${each} = ${builtin(name)}`), ...members];
      return declared.length === 0 ? '' : `const ${declared.join(', ')};`;
    })
    .replace(dynamic, (_, name) => `Promise.resolve(${builtin(name)})`);
}

/** One of the names in the braces of an import, declared. */
function memberOf(text, module) {
  const [, imported, own = imported] = /^\s*(\w+)(?: as (\w+))?\s*$/.exec(text) ?? [];
  if (imported === undefined) return [];
  const member = `${builtin(module)}.${imported}`;
  const isFunction = typeof process.getBuiltinModule(module)[imported] === 'function';
  const lazy = calledOnly.includes(module) && isFunction && /^[a-z]/.test(imported);
  return [`${own} = ${lazy ? `(...given) => ${member}(...given)` : member}`];
}

/** Not plain `process`: a module may be declaring just that name. */
function builtin(name) {
  return `globalThis.process.getBuiltinModule("${name}")`;
}

/**
 * Node's loader of ES modules costs 5 ms before it loads anything, and more for each module;
 * `require` costs neither. So what can be CommonJS is; the rest, which imports packages that
 * are only ES modules, keeps that form as `.mjs`. The chunk with the `hot` sources gets the
 * name by which bin/run.js finds it. `outputs` is esbuild's account of `files`.
 */
export function asLoaded(files, outputs, { root, hot }) {
  const about = new Map(
    Object.entries(outputs).map(([file, each]) => [path.join(root, file), each]),
  );
  const texts = new Map(files.map(({ path: file, text }) => [file, text]));
  const isModule = (file) =>
    texts.get(file).includes('import.meta') ||
    about.get(file).imports.some(({ path: wanted, kind, external }) => {
      if (kind !== 'import-statement') return false;
      return external ? !wanted.startsWith('node:') : isModule(path.join(root, wanted));
    });
  const isHot = (file) => hot.every((each) => path.relative(root, each) in about.get(file).inputs);
  const named = (file) => {
    if (isHot(file)) return path.join(path.dirname(file), 'hot.js');
    return isModule(file) ? file.replace(/\.js$/, '.mjs') : file;
  };
  const names = new Map(files.map(({ path: file }) => [file, named(file)]));
  return files.map(({ path: file, text }) => {
    const own = names.get(file);
    const result = linked(text, { from: file, own, names });
    return { path: own, text: isHot(file) ? withImportApart(result) : result };
  });
}

/** Byte code that was stored cannot import: Node does not know its script any more. */
function withImportApart(text) {
  // In oclif's messages there is an `import()`, without an argument.
  return text.replace(/\bimport\((?!\))/g, `require('./${importFile}')(`);
}

/** Beside the hot chunk, so that its relative names stay right. */
export const importFile = 'import.cjs';
export const importText = 'module.exports = (name) => import(name);\n';

/** `text` with its imports of our own files by their new names, by `require` where that will do. */
function linked(text, { from, own, names }) {
  const ours = /(\bfrom |\bimport |\bimport\()"(\.[^"]+)"(\)?)/g;
  return text.replace(ours, (as, keyword, wanted, end) => {
    const target = names.get(path.join(path.dirname(from), wanted));
    if (target === undefined) return as;
    const name = JSON.stringify(wanted.replace(/[^/]+$/, path.basename(target)));
    const isDynamic = end === ')';
    if (!isDynamic || own.endsWith('.mjs') || target.endsWith('.mjs')) {
      return `${keyword}${name}${end}`;
    }
    return `Promise.resolve().then(() => require(${name}))`;
  });
}

/**
 * oclif requires its help, its globbing, its templates and more at the top of its modules.
 * Compiled from TypeScript, they use a required module only through its members, so that
 * each can wait until one is used.
 */
export const lazyOclif = {
  name: 'lazy-oclif',
  setup(build) {
    const required = /^const (\w+_\d) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm;
    // The first comparison by locale reads the collation's tables: 6 ms.
    const byLocale = '.sort((a, b) => a.id.localeCompare(b.id))';
    // Only to call the platform "wsl" where it is, at the price of a file on every start.
    const isWsl = "(await import('wsl-utils')).isWsl";
    // Its manifest and a theme that there seldom is: a round through Node's threads each.
    const awaited = "await (0, promises_1.readFile)(path, 'utf8')";
    const lazily = `
function lazily(load) {
  let it;
  return new Proxy({}, { get: (_, key) => (it ??= load())[key] });
}
`;
    build.onLoad({ filter: /@oclif\/core\/lib\/.*\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const contents = source
        .replace(required, 'const $1 = lazily(() => $2);')
        .replace(byLocale, '.sort((a, b) => (a.id < b.id ? -1 : 1))')
        .replace(isWsl, 'false')
        .replace(awaited, "(0, node_fs_1.readFileSync)(path, 'utf8')");
      return { contents: contents + lazily, loader: 'js' };
    });
  },
};

/**
 * What oclif needs for help, for finding commands without a manifest, or for nothing that
 * hoopx does, and that is large: parsed only when it is used, from a file of its own.
 */
export const rare = [
  ...['ansi-escapes', 'brace-expansion', 'clean-stack', 'cli-spinners', 'debug', 'ejs'],
  ...[
    'lilconfig',
    'minimatch',
    'string-width',
    'tinyglobby',
    'widest-line',
    'wordwrap',
    'wrap-ansi',
  ],
];

export const rareFile = 'rare.cjs';

export const rareApart = {
  name: 'rare-apart',
  setup(build) {
    const namespace = 'rare';
    const load = (name) => `require('./${rareFile}')['${name}']`;
    const filter = new RegExp(`^(${rare.join('|')})$`);
    build.onResolve({ filter }, ({ path: name, importer }) =>
      importer.includes('@oclif/core') ? { path: name, namespace } : undefined,
    );
    build.onResolve({ filter: /.*/, namespace }, ({ path: file }) => ({
      path: file,
      external: true,
    }));
    // Called at every step, for a reader that there seldom is.
    build.onLoad({ filter: /^debug$/, namespace }, () => ({
      contents: `module.exports = process.env.DEBUG ? ${load('debug')} : () => () => {};`,
    }));
    build.onLoad({ filter: /.*/, namespace }, ({ path: name }) => ({
      contents: `module.exports = ${load(name)};`,
    }));
  },
};

/**
 * One chunk for what every command needs, instead of one for each set of commands that
 * share a module: each thing that can be loaded by itself is made to load `hot` as well.
 */
export function withHotChunk(hot) {
  const preamble = hot.map((file) => `import ${JSON.stringify(file)};`).join('\n');
  const namespace = 'with-hot';
  const inner = Symbol('inner');
  return {
    name: 'with-hot-chunk',
    setup(build) {
      build.onResolve(
        { filter: /^[./]/ },
        async ({ path: wanted, kind, resolveDir, pluginData }) => {
          const byItself = kind === 'entry-point' || kind === 'dynamic-import';
          if (!byItself || pluginData === inner) return undefined;
          const found = await build.resolve(wanted, { kind, resolveDir, pluginData: inner });
          const isOurs = found.errors.length === 0 && /\.tsx?$/.test(found.path);
          return isOurs ? { path: found.path, namespace } : found;
        },
      );
      build.onLoad({ filter: /.*/, namespace }, async ({ path: file }) => {
        const isCommand = /^export default /m.test(await readFile(file, 'utf8'));
        const names = isCommand ? '{ default }' : '*';
        const contents = `${preamble}\nexport ${names} from ${JSON.stringify(file)};`;
        return { contents, resolveDir: path.dirname(file), loader: 'js' };
      });
    },
  };
}
