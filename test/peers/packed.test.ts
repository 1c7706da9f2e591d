import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import about from '../../package.json' with { type: 'json' };
import {
  installPacked,
  type NodeVersion,
  type PackedProgram,
  type RunningDemo,
} from './packed-program.ts';

const demoLine = z.object({
  gateway: z.url(),
  issuer: z.url(),
  postgres: z.string(),
  dir: z.string(),
});

const resultObject = z.object({
  schema: z.literal('hoopx.result/v1'),
  requestId: z.string(),
  action: z.object({ digest: z.string() }),
  result: z.object({ rowCount: z.number() }).nullable(),
});

const sourceMap = z.object({ sources: z.array(z.string()) });

describe('the packed program', () => {
  let packed: PackedProgram;
  beforeAll(async () => {
    packed = await installPacked();
  }, 300_000);
  afterAll(() => packed?.remove());

  test('publint finds nothing to say about the tarball', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const options = { cwd: root, preferLocal: true, reject: false } as const;
    const { stdout, exitCode } = await execa('publint', ['--strict', packed.tarball], options);
    expect(stdout).toContain('All good!');
    expect(exitCode).toBe(0);
  });

  test('the notices name every package that its code comes from', async () => {
    const dist = path.join(packed.folder, 'node_modules', 'hoopx', 'dist');
    const notices = await readFile(path.join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const files = await readdir(dist, { recursive: true });
    const maps = files.filter((file) => file.endsWith('.map'));
    const texts = await Promise.all(maps.map((file) => readFile(path.join(dist, file), 'utf8')));
    const sources = texts.flatMap((text) => sourceMap.parse(JSON.parse(text)).sources);
    const inPackage = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
    const names = new Set(sources.flatMap((source) => inPackage.exec(source)?.[1] ?? []));
    expect([...names]).toContain('@oclif/core');
    expect([...names].filter((name) => !notices.includes(`\n${name} `))).toEqual([]);
  });

  test('npx hoopx --version says which', async () => {
    const { stdout } = await packed.npx('hoopx', '--version');
    expect(stdout).toMatch(new RegExp(`^hoopx/${about.version} \\S+ node-v\\d+`));
  });

  describe.each<NodeVersion>(['this Node', 'Node 22'])('on %s', (node) => {
    test('a wrong command is a usage error', async () => {
      const { exitCode, stderr } = await packed.hoopx(node, 'conect');
      expect(stderr).toContain('conect is not a hoopx command');
      expect(exitCode).toBe(64);
    });

    test('--help lists commands and topics, and warns of nothing', async () => {
      const { stdout, stderr, exitCode } = await packed.hoopx(node, '--help');
      expect(stdout).toMatch(/^ {2}login /m);
      expect(stdout).toMatch(/^ {2}requests /m);
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
    });

    test('--version names this very runtime', async () => {
      const { stdout } = await packed.hoopx(node, '--version');
      expect(stdout).toMatch(node === 'Node 22' ? / node-v22\./ : new RegExp(process.version));
    });

    describe('in its demo', () => {
      let demo: RunningDemo;
      let dir: string;
      beforeAll(async () => {
        demo = await packed.demo(node);
        dir = demoLine.parse(demo.line).dir;
      });
      afterAll(() => demo?.interrupt());

      test('a held statement runs once it is approved, once', async () => {
        const reviewer = ['--profile', 'reviewer'];
        expect((await packed.hoopx(node, 'login', '--as', 'engineer')).exitCode).toBe(0);
        expect((await packed.hoopx(node, 'login', '--as', 'reviewer', ...reviewer)).exitCode).toBe(
          0,
        );

        const write = [
          'exec',
          'pg-demo',
          'update customers set name = name',
          '--no-wait',
          '--json',
        ];
        const asked = await packed.hoopx(node, ...write);
        expect(asked.exitCode).toBe(75);
        const { requestId, action } = resultObject.parse(JSON.parse(asked.stdout));

        const approve = ['approve', requestId, '--yes', '--digest', action.digest];
        expect((await packed.hoopx(node, ...approve)).exitCode).not.toBe(0);
        expect((await packed.hoopx(node, ...approve, ...reviewer)).exitCode).toBe(0);

        const ran = await packed.hoopx(node, ...write);
        expect(ran.exitCode).toBe(0);
        const { result } = resultObject.parse(JSON.parse(ran.stdout));
        expect(result?.rowCount).toBeGreaterThan(0);

        const again = await packed.hoopx(node, ...write);
        expect(again.exitCode).toBe(75);
        expect(resultObject.parse(JSON.parse(again.stdout)).requestId).not.toBe(requestId);
      });

      test('Ctrl-C ends it and removes its folder', async () => {
        expect(existsSync(dir)).toBe(true);
        expect(await demo.interrupt()).toBe(0);
        expect(existsSync(dir)).toBe(false);
      });
    });
  });
});
