import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createLog } from '../../src/log/log.ts';

function capture(format: 'json' | 'lines') {
  const written: string[] = [];
  const destination = { write: (text: string) => written.push(text) };
  return { written, log: createLog({ level: 'info', format, destination }) };
}

test.each(['json', 'lines'] as const)('secrets never reach the log (%s)', (format) => {
  const { written, log } = capture(format);
  const secret = new Secret('hunter2');
  log.info({ secret, target: { password: secret, deep: { more: [secret] } } }, 'by type');
  log.info({ password: 'hunter2', target: { token: 'hunter2' } }, 'by name');
  log.info({ target: secret }, `in text ${secret}`);
  log.error(new Error('failed', { cause: { secret } }));
  expect(written).toHaveLength(4);
  expect(written.join('')).not.toContain('hunter2');
  expect(written.join('')).toContain('[redacted]');
});

test('pitfall 38: lines show what would drive a terminal', () => {
  const { written, log } = capture('lines');
  log.warn({ sql: 'a\u001b[2Jb\nc' }, 'odd \u202e text');
  expect(written.join('')).toMatch(
    /^\d\d:\d\d:\d\d warn {2}odd \\u\{202e\} text sql=a\\u\{1b\}\[2Jb⏎c\n$/,
  );
});

test('json lines carry level, time and message by name', () => {
  const { written, log } = capture('json');
  log.debug('below the level');
  log.info({ session: 's1' }, 'opened');
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    level: 'info',
    session: 's1',
    msg: 'opened',
  });
});
