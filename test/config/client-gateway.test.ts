import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readDemoNotes, removeDemoNote, writeDemoNote } from '../../src/config/client-demo-note.ts';
import { readClientEnvironment } from '../../src/config/client-environment.ts';
import { findGateway, normalizeGatewayUrl } from '../../src/config/client-gateway.ts';

const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n`;

async function setUp(config: string | null = null) {
  const home = await mkdtemp(path.join(tmpdir(), 'hoopx-config-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const { paths } = readClientEnvironment({ HOME: home });
  await mkdir(paths.config, { recursive: true });
  for (const name of ['work', 'corp', 'demo']) {
    await writeFile(path.join(paths.config, `${name}.pem`), pem(name));
  }
  if (config !== null) await writeFile(path.join(paths.config, 'config.yaml'), config);
  const find = (choice: { gateway?: string; profile?: string; ca?: string } = {}) =>
    findGateway({ profile: 'default', gateway: null, ca: null, ...choice }, paths);
  const demo = (change = {}) => ({
    gateway: 'https://127.0.0.1:7443',
    ca: path.join(paths.config, 'demo.pem'),
    dir: home,
    issuer: 'http://127.0.0.1:1',
    pid: process.pid,
    startedAt: 1,
    ...change,
  });
  return { paths, find, demo };
}

const both = `
gateway: https://corp.example
ca: corp.pem
profiles:
  work: { gateway: https://work.example, ca: work.pem }
`;

describe('a gateway that is not found', () => {
  test('because nothing names one: exit 64', async () => {
    const { find } = await setUp();
    await expect(find()).rejects.toMatchObject({ code: 'NO_GATEWAY', exitCode: 64 });
  });

  test.each([
    'http://gateway.example',
    'ftp://127.0.0.1',
    'gateway.example',
    'https://me@gateway.example',
    'https://gateway.example?x',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
  ])('because its address would not keep a token safe: %s', (url) => {
    expect(() => normalizeGatewayUrl(url)).toThrow(
      expect.objectContaining({ code: 'BAD_GATEWAY_URL', exitCode: 64 }),
    );
  });

  test.each([
    ['gatway: https://x.example', 'gatway'],
    ['profiles: { a: { gateway: https://x.example, port: 1 } }', 'port'],
    ['gateway: [1', 'config.yaml'],
    ['gateway: 7', 'gateway'],
  ])('because the configuration is wrong: exit 78 (%s)', async (config, named) => {
    const { find } = await setUp(config);
    await expect(find()).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining(named),
    });
  });

  test('because its certificate authority is none: exit 78', async () => {
    const { find, paths } = await setUp();
    const gateway = 'https://x.example';
    const absent = find({ gateway, ca: '/nonexistent' });
    await expect(absent).rejects.toMatchObject({ code: 'BAD_CA', exitCode: 78 });
    const file = path.join(paths.config, 'key.pem');
    await writeFile(file, 'no certificate');
    await expect(find({ gateway, ca: file })).rejects.toMatchObject({ code: 'BAD_CA' });
  });
});

describe('the gateway', () => {
  test('is the flag’s, the profile’s, the file’s, then a demo’s', async () => {
    const { find, paths, demo } = await setUp(both);
    await writeDemoNote(paths, demo());
    const flag = await find({ gateway: 'https://flag.example/', profile: 'work' });
    expect(flag).toMatchObject({ url: 'https://flag.example', source: 'flag', ca: null });
    expect(await find({ profile: 'work' })).toMatchObject({
      url: 'https://work.example',
      source: 'profile',
      ca: pem('work'),
    });
    expect(await find({ profile: 'else' })).toMatchObject({
      url: 'https://corp.example',
      source: 'config',
      ca: pem('corp'),
    });
    const alone = await setUp();
    await writeDemoNote(alone.paths, alone.demo());
    expect(await alone.find()).toMatchObject({ source: 'demo', ca: pem('demo') });
  });

  test('of a demo is known as such however it was named, and --ca comes first', async () => {
    const { find, paths, demo } = await setUp(both);
    await writeDemoNote(paths, demo());
    const gateway = 'https://127.0.0.1:7443/';
    expect(await find({ gateway })).toMatchObject({ ca: pem('demo'), demo: { pid: process.pid } });
    const own = path.join(paths.config, 'work.pem');
    expect((await find({ gateway, ca: own })).ca).toBe(pem('work'));
  });
});

describe('a demo’s note', () => {
  test('is ignored and removed once its process is gone', async () => {
    const { paths, demo } = await setUp();
    await writeDemoNote(paths, demo({ pid: 4_194_304 }));
    expect(await readDemoNotes(paths)).toEqual([]);
    expect(await readdir(path.join(paths.state, 'demos'))).toEqual([]);
  });

  test('is one of several, the newest first, and removed by its own alone', async () => {
    const { paths, demo } = await setUp();
    const older = demo();
    const newer = demo({ gateway: 'https://127.0.0.1:7444', startedAt: 2 });
    await writeDemoNote(paths, newer);
    await writeDemoNote(paths, older);
    expect(await readDemoNotes(paths)).toEqual([newer, older]);
    await removeDemoNote(paths, newer);
    expect(await readDemoNotes(paths)).toEqual([older]);
  });

  test.each([
    { gateway: 'https://gateway.example' },
    { issuer: 'https://idp.example' },
    { pid: 'x' },
    { ca: 7 },
  ])('that says %j is not believed', async (change) => {
    const { paths, demo } = await setUp();
    await mkdir(path.join(paths.state, 'demos'), { recursive: true });
    const file = path.join(paths.state, 'demos', '1-1.json');
    await writeFile(file, JSON.stringify(demo(change)));
    expect(await readDemoNotes(paths)).toEqual([]);
  });
});

describe('the environment', () => {
  test('opens no browser where nobody would see it', () => {
    const local = (variables: Record<string, string>) =>
      readClientEnvironment(variables).browserIsLocal;
    expect(local({})).toBe(false);
    expect(local({ SSH_CONNECTION: '1' })).toBe(false);
    if (process.getuid?.() === 0) expect(local({ DISPLAY: ':0' })).toBe(false);
  });

  test('has XDG folders, but not relative ones', () => {
    const paths = (variables: Record<string, string>) => readClientEnvironment(variables).paths;
    expect(paths({ HOME: '/h', XDG_STATE_HOME: 'rel', XDG_CONFIG_HOME: '/c' })).toEqual({
      state: '/h/.local/state/hoopx',
      config: '/c/hoopx',
    });
  });

  test('prints no token, and no colour with NO_COLOR', () => {
    const environment = readClientEnvironment({ HOOPX_TOKEN: 'sesame', NO_COLOR: '1' });
    expect(environment.token?.reveal()).toBe('sesame');
    expect(JSON.stringify(environment)).not.toContain('sesame');
    expect(environment.color).toBe(false);
  });
});
