import { describe, expect, it } from 'vitest';
import {
  checkRemoteFlags,
  checkSqlFlags,
  checkTogether,
  type ExecFlags,
} from '../../src/exec/exec-flags.ts';

const none: ExecFlags = { json: false, csv: false, 'no-wait': false, 'max-rows': 10 };

function refusal(check: () => void): { exitCode: number; message: string } | null {
  try {
    check();
    return null;
  } catch (error) {
    if (!(error instanceof Error) || !('exitCode' in error)) throw error;
    return { exitCode: Number(error.exitCode), message: error.message };
  }
}

describe('flags of exec', () => {
  it.each([
    [{ file: 'x.sql' }, '-f'],
    [{ param: ['1'] }, '--param'],
    [{ csv: true }, '--csv'],
  ])('%j are refused at an SSH connection, and said to be for SQL', (flags, name) => {
    const refused = refusal(() => checkRemoteFlags('ssh-bastion', { ...none, ...flags }));
    expect(refused).toMatchObject({ exitCode: 64 });
    expect(refused?.message).toContain(`${name}: for SQL`);
    expect(refused?.message).toContain('ssh-bastion');
    expect(refusal(() => checkSqlFlags('pg', { ...none, ...flags }))).toBeNull();
  });

  it.each([
    [{ raw: true }, '--raw'],
    [{ stdin: true }, '--stdin'],
    [{ 'stdin-file': 'x' }, '--stdin-file'],
    [{ tty: true }, '--tty'],
  ])('%j are refused at a database, and said to be for SSH', (flags, name) => {
    const refused = refusal(() => checkSqlFlags('pg', { ...none, ...flags }));
    expect(refused).toMatchObject({ exitCode: 64 });
    expect(refused?.message).toContain(`${name}: for SSH connections`);
    expect(refusal(() => checkRemoteFlags('ssh-bastion', { ...none, ...flags }))).toBeNull();
  });

  it.each<Partial<ExecFlags>>([
    { stdin: true, 'stdin-file': 'x' },
    { tty: true, 'stdin-file': 'x' },
    { stdin: true, 'no-wait': true },
    { tty: true, 'no-wait': true },
    { tty: true, json: true },
    { on: ['env=prod'], stdin: true },
    { on: ['env=prod'], tty: true },
    { on: ['env=prod'], csv: true },
    { on: ['env=prod'], param: ['1'] },
  ])('%j contradict each other', (flags) => {
    expect(refusal(() => checkTogether({ ...none, ...flags }))).toMatchObject({ exitCode: 64 });
  });

  it.each<Partial<ExecFlags>>([
    {},
    { stdin: true, json: true },
    { stdin: true, tty: true },
    { 'stdin-file': 'x', 'no-wait': true, json: true },
    { on: ['env=prod'], 'stdin-file': 'x', json: true, 'no-wait': true },
  ])('%j go together', (flags) => {
    expect(refusal(() => checkTogether({ ...none, ...flags }))).toBeNull();
  });
});
