/** `npm start`: a ready demo, and a tour of it first. Arguments go to `hoopx dev`. */
import { BootstrapError, bootstrap } from './bootstrap.js';

try {
  bootstrap();
  process.argv.splice(2, 0, 'dev', '--tour');
  await import('../bin/run.js');
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`hoopx: ${error.message}`);
  process.exitCode = 1;
}
