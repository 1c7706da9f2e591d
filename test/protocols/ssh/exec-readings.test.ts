import { describe, expect, it } from 'vitest';
import { ExecReadings } from '../../../src/protocols/ssh/exec-readings.ts';

const bare = { terminal: null, environment: [] };
const bytes = (text: string) => Buffer.from(text);

describe('remembered readings of commands', () => {
  it('never answers for other bytes, another terminal or other variables', () => {
    const readings = new ExecReadings();
    const list = readings.read(bytes('ls'), bare);
    expect(list.decidable.facts.classes).toEqual(['plain']);
    expect(readings.read(bytes('ls\0'), bare).decidable.facts.classes).toEqual(['unknown']);
    expect(readings.read(Buffer.from([0x6c, 0x73, 0xff]), bare)).not.toBe(list);
    expect(readings.read(bytes('ls'), { ...bare, terminal: 'xterm' }).decidable.facts.pty).toBe(
      true,
    );
    const environment = [{ name: 'LC_ALL', value: 'C' }];
    expect(
      readings.read(bytes('ls'), { ...bare, environment }).decidable.facts.environment,
    ).toEqual(['LC_ALL']);
  });

  it('reads the same command once, as long as few others come between', () => {
    const readings = new ExecReadings();
    const first = readings.read(bytes('systemctl restart x'), bare);
    expect(readings.read(bytes('systemctl restart x'), bare)).toBe(first);
    for (let number = 0; number < 64; number += 1) readings.read(bytes(`true ${number}`), bare);
    expect(readings.read(bytes('systemctl restart x'), bare)).not.toBe(first);
  });

  it('keeps no long command', () => {
    const readings = new ExecReadings();
    const long = bytes(`echo ${'x'.repeat(5_000)}`);
    expect(readings.read(long, bare)).not.toBe(readings.read(long, bare));
  });
});
