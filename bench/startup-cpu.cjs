/**
 * Loaded before a program whose start is measured: ends it at its first connection, or lets it
 * end, and says on descriptor 3 how many microseconds of CPU it has taken since it was started.
 */
const { writeSync } = require('node:fs');

process.once('exit', () => {
  const { user, system } = process.cpuUsage();
  writeSync(3, `${user + system}`);
});

// Loading the module here would count for those that do without it.
const { getBuiltinModule } = process;
process.getBuiltinModule = (name) => {
  const module = getBuiltinModule.call(process, name);
  if (name === 'node:net') module.Socket.prototype.connect = () => process.exit();
  return module;
};
