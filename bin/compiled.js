/**
 * What `module.enableCompileCache` does, for a Node that has none (before 22.8), and for one
 * file: the byte code that the build stored for this very V8 saves parsing it.
 */
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/** Where the build stores it: nothing there for another V8, another system or another build. */
exports.compiledFile = (dist) => {
  const { platform, arch, versions } = process;
  return path.join(dist, 'compiled', `${versions.v8}-${platform}-${arch}.bin`);
};

/** What every command loads. */
exports.hotFile = (dist) => path.join(dist, 'chunks', 'hot.js');

/** As `require(file)`, later ones of the same file included; returns its script. */
exports.requireCompiled = (file, compiled) => {
  const script = new vm.Script(Module.wrap(readFileSync(file, 'utf8')), {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    // V8 ignores what is not of this source, this version and these options.
    ...(existsSync(compiled) && { cachedData: readFileSync(compiled) }),
  });
  const itself = new Module(file);
  itself.filename = file;
  require.cache[file] = itself;
  const own = Module.createRequire(file);
  script.runInThisContext()(itself.exports, own, itself, file, path.dirname(file));
  itself.loaded = true;
  return script;
};
