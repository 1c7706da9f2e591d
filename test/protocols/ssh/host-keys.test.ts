import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createHostKey } from '../../../src/protocols/ssh/host-key.ts';
import { createHostKeyCheck, fingerprintOf } from '../../../src/protocols/ssh/host-keys.ts';
import type { HostKeyTrust, SshLogin } from '../../../src/protocols/ssh/target.ts';
import { describeWith } from '../../peers/require-peer.ts';

const [known, other] = [createHostKey(), createHostKey()].map(({ public: line }) => ({
  line,
  blob: Buffer.from(line.split(' ')[1] ?? '', 'base64'),
}));
if (known === undefined || other === undefined) throw new Error('two keys');

function login(hostKey: HostKeyTrust, host = 'Bastion.example', port = 22): SshLogin {
  const secrets = { key: null, passphrase: null, password: null, agent: null };
  return { host, port, user: 'u', hostKey, ...secrets };
}

function refusal(text: string, key = known, host?: string, port?: number) {
  const check = createHostKeyCheck(login({ kind: 'known_hosts', text }, host, port));
  return check.refusalOf(key?.blob ?? Buffer.alloc(0));
}

describe('a host key', () => {
  test.each([
    ['another key', `bastion.example ${other.line}`],
    ['no line', ''],
    ['another host', `bastion.example.org ${known.line}`],
    ['another port', `[bastion.example]:2222 ${known.line}`],
    ['a negated pattern', `*.example,!bastion.example ${known.line}`],
    ['a comment', `# bastion.example ${known.line}`],
    ['a type that is not the key’s', `bastion.example ${known.line.replace('ed25519', 'rsa')}`],
    ['an authority', `@cert-authority bastion.example ${known.line}`],
    ['an unknown marker', `@trusted bastion.example ${known.line}`],
  ])('is not trusted by %s', (_what, text) => {
    expect(refusal(text)).toMatchObject({ code: 'UPSTREAM_UNTRUSTED' });
  });

  test('that is revoked is not trusted, whatever else is said of it', () => {
    const text = `bastion.example ${known.line}\n@revoked * ${known.line}\n`;
    expect(refusal(text)?.message).toContain('has revoked');
  });

  test.each([
    ['its name', `bastion.example ${known.line}`],
    ['its name in other letters', `BASTION.example ${known.line} a comment`],
    ['one of several names', `x,bastion.example,y ${known.line}`],
    ['a pattern', `*.exampl? ${known.line}`],
    ['a second line', `bastion.example ${other.line}\r\nbastion.example ${known.line}`],
  ])('is trusted by %s', (_what, text) => {
    expect(refusal(text)).toBe(null);
  });

  test('at another port is looked up with it', () => {
    const text = `[bastion.example]:2222 ${known.line}`;
    expect(refusal(text, known, 'bastion.example', 2222)).toBe(null);
    expect(refusal(`bastion.example ${known.line}`, known, 'bastion.example', 2222)).not.toBe(null);
  });

  test('that is wrong is named beside the one that is known', () => {
    const message = refusal(`bastion.example ${other.line}`)?.message;
    expect(message).toContain(fingerprintOf(known.blob));
    expect(message).toContain(fingerprintOf(other.blob));
    expect(message).toContain('ssh-ed25519');
  });

  test('behind an authority says that certificates are not checked', () => {
    expect(refusal(`@cert-authority * ${known.line}`)?.hint).toContain('@cert-authority');
  });

  test('is known by its fingerprint, and by no other', () => {
    const check = (key: Buffer) =>
      createHostKeyCheck(
        login({ kind: 'fingerprints', fingerprints: [fingerprintOf(known.blob)] }),
      ).refusalOf(key);
    expect(check(known.blob)).toBe(null);
    expect(check(other.blob)).toMatchObject({ code: 'UPSTREAM_UNTRUSTED' });
    expect(check(Buffer.alloc(0))).toMatchObject({ code: 'UPSTREAM_UNTRUSTED' });
  });

  test('of a known type is what the server is asked for', () => {
    const text = `bastion.example ${known.line}`;
    const check = createHostKeyCheck(login({ kind: 'known_hosts', text }));
    expect([...check.types]).toEqual(['ssh-ed25519']);
  });
});

describeWith(['ssh-keygen'], 'ssh-keygen agrees', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hoopx-keys-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('on fingerprints', () => {
    const { stdout } = spawnSync('ssh-keygen', ['-lf', '-'], { input: known.line });
    expect(stdout.toString()).toContain(` ${fingerprintOf(known.blob)} `);
  });

  test('on hashed hosts', () => {
    const file = path.join(folder, 'known_hosts');
    writeFileSync(file, `bastion.example ${known.line}\n[bastion.example]:2222 ${other.line}\n`);
    spawnSync('ssh-keygen', ['-H', '-f', file]);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('bastion');
    expect(refusal(text)).toBe(null);
    expect(refusal(text, other)).not.toBe(null);
    expect(refusal(text, other, 'bastion.example', 2222)).toBe(null);
    expect(refusal(text, known, 'elsewhere.example')).not.toBe(null);
  });
});
