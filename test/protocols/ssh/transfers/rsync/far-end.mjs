// What rsync starts in the place of ssh: `HOST WORD…` in the local shell, as sshd would run it.
// Each piece that goes by is written to HOOPX_TEST_PIECES before it is passed on.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const pieces = process.env.HOOPX_TEST_PIECES;
// The server takes the client for an older one where it is told that this can do less.
const abilities = process.env.HOOPX_TEST_ABILITIES;
const asked = process.argv.slice(3).join(' ');
const command =
  abilities === undefined ? asked : asked.replace(/( -[a-zA-Z]*?e)\.[a-zA-Z]+/, `$1.${abilities}`);

function note(piece) {
  appendFileSync(pieces, `${JSON.stringify(piece)}\n`);
}

note({ command });
const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] });
for (const stream of [process.stdout, child.stdin]) stream.on('error', () => {});
process.stdin.on('data', (bytes) => {
  note({ input: bytes.toString('base64') });
  child.stdin.write(bytes);
});
process.stdin.on('end', () => child.stdin.end());
child.stdout.on('data', (bytes) => {
  note({ output: bytes.toString('base64') });
  process.stdout.write(bytes);
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
  process.stdin.destroy();
});
