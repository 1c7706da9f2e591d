import { describe, expect, it } from 'vitest';
import { checkFlagsFor, checkTogether, type ExecFlags } from '../../src/exec/exec-flags.ts';

const none: ExecFlags = {
  ...{ json: false, csv: false, 'no-wait': false, 'max-rows': 10, 'max-output': 1000 },
};

const database = { name: 'pg', type: 'postgres' } as const;
const remote = { name: 'ssh-bastion', type: 'ssh' } as const;
const service = { name: 'admin-api', type: 'http' } as const;

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
    const refused = refusal(() => checkFlagsFor(remote, { ...none, ...flags }));
    expect(refused).toMatchObject({ exitCode: 64 });
    expect(refused?.message).toContain(`${name}: for SQL`);
    expect(refused?.message).toContain('ssh-bastion');
    expect(refusal(() => checkFlagsFor(database, { ...none, ...flags }))).toBeNull();
  });

  it.each([
    [{ raw: true }, '--raw'],
    [{ stdin: true }, '--stdin'],
    [{ 'stdin-file': 'x' }, '--stdin-file'],
    [{ tty: true }, '--tty'],
  ])('%j are refused at a database, and said to be for SSH', (flags, name) => {
    const refused = refusal(() => checkFlagsFor(database, { ...none, ...flags }));
    expect(refused).toMatchObject({ exitCode: 64 });
    expect(refused?.message).toContain(`${name}: for SSH connections`);
    expect(refusal(() => checkFlagsFor(remote, { ...none, ...flags }))).toBeNull();
  });

  it.each([
    [{ header: ['A: b'] }, '-H'],
    [{ data: '{}' }, '--data'],
    [{ 'data-file': 'x' }, '--data-file'],
  ])('%j are for HTTP services alone', (flags, name) => {
    for (const other of [database, remote]) {
      const refused = refusal(() => checkFlagsFor(other, { ...none, ...flags }));
      expect(refused).toMatchObject({ exitCode: 64 });
      expect(refused?.message).toContain(`${name}: for HTTP services, and ${other.name}`);
    }
    expect(refusal(() => checkFlagsFor(service, { ...none, ...flags }))).toBeNull();
  });

  it.each<Partial<ExecFlags>>([{ raw: true }, { tty: true }, { csv: true }, { file: 'x.sql' }])(
    '%j are refused at an HTTP service',
    (flags) => {
      const refused = refusal(() => checkFlagsFor(service, { ...none, ...flags }));
      expect(refused).toMatchObject({ exitCode: 64 });
      expect(refused?.message).toContain('admin-api is an HTTP service');
    },
  );

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
    { on: ['env=prod'], data: '{}' },
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
