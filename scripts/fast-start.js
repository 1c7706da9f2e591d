/** esbuild plugins that keep what a run does not use from being loaded by it. */
import { readFile } from 'node:fs/promises';

/**
 * Importing one of Node's own modules as an ES module reads every one of its exports, which
 * for `node:fs` loads streams, promises and more. Taken from the process they cost nothing.
 */
export const builtinsFromProcess = {
  name: 'builtins-from-process',
  setup(build) {
    const statement =
      /^import (?:(\w+)(?:, )?)?(?:\* as (\w+)|\{([^}]*)\})? from "(node:[^"]+)";$/gm;
    build.onEnd(({ outputFiles = [] }) => {
      for (const file of outputFiles.filter(({ path }) => path.endsWith('.js'))) {
        const text = file.text.replace(statement, (_, whole, all, some, name) => {
          const members = some && `{${some.replaceAll(' as ', ': ')}}`;
          const names = [whole, all, members].filter((each) => each !== undefined);
          // Not plain `process`: a module may be declaring just that name.
          const from = `globalThis.process.getBuiltinModule("${name}")`;
          return `const ${names.map((each) => `${each} = ${from}`).join(', ')};`;
        });
        file.contents = new TextEncoder().encode(text);
      }
    });
  },
};

/**
 * oclif requires its help, its globbing, its templates and more at the top of its modules.
 * Compiled from TypeScript, they use a required module only through its members, so that
 * each can wait until one is used.
 */
export const lazyOclif = {
  name: 'lazy-oclif',
  setup(build) {
    const required = /^const (\w+_\d) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm;
    const lazily = `
function lazily(load) {
  let it;
  return new Proxy({}, { get: (_, key) => (it ??= load())[key] });
}
`;
    build.onLoad({ filter: /@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(required, 'const $1 = lazily(() => $2);');
      return { contents: contents + lazily, loader: 'js' };
    });
  },
};
