import { describe, expect, it } from 'vitest';
import { parseTime } from '../../src/cli/parse-time.ts';
import { newUser } from './run-hoopx.ts';

const now = Date.UTC(2026, 0, 31, 12);

describe('a time on the command line', () => {
  it.each([
    ...['', ' ', 'yesterday', '90', 'd', '-2h', '1.5h', '2 h', '1h30m', '90M', '1y', '999999999d'],
    ...['2026-02-30', '2026-13-01', '2026-1-31', '2026', '26-01-31', '2026-01-31T', '1/31/2026'],
    ...['2026-02-30T12:00:00Z', '2026-01-31T24:00:00Z', '2026-01-31T12:60:00Z'],
    ...['2026-01-31T12:00:00+24:00', '2026-01-31T12Z', 'Sat Jan 31 2026', '1769860800000'],
  ])('is not %j', (text) => {
    expect(parseTime(text, now)).toBeNull();
  });

  it.each([
    ['30s', '2026-01-31T11:59:30.000Z'],
    ['90m', '2026-01-31T10:30:00.000Z'],
    ['2h', '2026-01-31T10:00:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00.25z', '2026-01-31T12:00:00.250Z'],
    ['2026-01-31T12:00:00+05:30', '2026-01-31T06:30:00.000Z'],
    ['2024-02-29T00:00:00-01:00', '2024-02-29T01:00:00.000Z'],
    ['2026-01-31', new Date(2026, 0, 31).toISOString()],
    ['2026-01-31T12:30', new Date(2026, 0, 31, 12, 30).toISOString()],
    ['2026-01-31T12:30:15', new Date(2026, 0, 31, 12, 30, 15).toISOString()],
  ])('may be %j', (text, time) => {
    expect(parseTime(text, now)).toBe(time);
  });

  it('is taken, and refused, alike by every command', async () => {
    const user = await newUser();
    const commands = [
      ['sessions', 'list', '--since'],
      ['sessions', 'list', '--until'],
      ['audit', 'export', user.home, '--since'],
      ['audit', 'verify', user.home, '--since'],
    ];
    for (const command of commands) {
      const refused = await user.run([...command, 'yesterday', '--json']);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        error: {
          ...{ code: 'USAGE', message: `${command.at(-1)}: yesterday is no time` },
          hint: 'Write 2026-01-31T12:00:00Z, 2026-01-31, or an age: 90m, 2h, 7d.',
        },
        exitCode: 64,
      });
      for (const time of ['2h', '2026-01-31', '2026-01-31T12:00:00Z']) {
        const { stdout, stderr } = await user.run([...command, time]);
        expect(stdout + stderr).not.toContain('is no time');
      }
    }
  }, 120_000);

  it('is not of minutes where it says what to erase for good', async () => {
    const user = await newUser();
    const erase = ['audit', 'erase', '--yes', '--json', '--before'];
    for (const [text, message] of [
      ['6m', '--before: 6m is minutes or seconds, not months'],
      ['yesterday', '--before: yesterday is no time'],
    ] as const) {
      expect(JSON.parse((await user.run([...erase, text])).stdout)).toMatchObject({
        error: {
          ...{ code: 'USAGE', message },
          hint: 'Write 2026-01-31T12:00:00Z, 2026-01-31, or an age in hours or days: 48h, 90d.',
        },
        exitCode: 64,
      });
    }
    for (const text of ['48h', '90d', '2026-01-31', '2026-01-31T12:00:00Z']) {
      expect((await user.run([...erase, text])).stdout).not.toContain('--before');
    }
  }, 120_000);
});
