import { expect, it } from 'vitest';
import { exported } from '../../src/audit/export.ts';
import { Secret } from '../../src/core/secret.ts';
import { firstSightings, keptLog } from './kept-log.ts';
import { linesOf, type Receiver, receiver, signingKey } from './receiver.ts';

const sinkOf = ({ url, ca }: Receiver) =>
  ({ kind: 'webhook', format: 'json', url, ca, secret: new Secret(signingKey) }) as const;

it('sends nothing to a receiver whose certificate nobody vouches for, and says how far behind it is', async () => {
  await using log = await keptLog();
  await using strange = await receiver([]);
  await log.write(7);
  const sinks = await log.open({ ...sinkOf(strange), ca: null });
  await expect.poll(() => sinks.states()[0]?.failures).toBeGreaterThan(1);
  await sinks.close();
  expect(strange.came).toEqual([]);
  const warnings = log.told.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.text).toMatch(/takes no records.*"taken":0,"behind":7/);
});

it('sends all of it in order to one that fails, redirects, hangs up, and at last takes it', async () => {
  await using log = await keptLog();
  await using moody = await receiver([500, 'hang up', 302, 'take', 500]);
  await log.write(600);
  const sinks = await log.open(sinkOf(moody));
  await expect.poll(() => sinks.states()[0]?.taken).toBe(600);
  await sinks.close();
  expect(linesOf(moody.taken)).toEqual(await log.lines());
  expect(moody.unsigned).toEqual([]);
  // The same delivery again, to be told by its id.
  expect(new Set(moody.ids.slice(0, 4)).size).toBe(1);
  expect(moody.came.every((body) => body.length <= 128 * 1024)).toBe(true);
  expect(log.told.at(-1)?.text).toMatch(/takes records again/);
  expect(sinks.states()[0]).toMatchObject({ failures: 4, failing: false });
});

it('names the one record that is refused for good, and sends none behind it until that is taken', async () => {
  await using log = await keptLog();
  let picky = true;
  await using one = await receiver([], (body) =>
    picky && body.includes('"seq":300,') ? 422 : 'take',
  );
  await log.write(600);
  const sinks = await log.open(sinkOf(one));
  await expect.poll(() => sinks.states()[0]).toMatchObject({ taken: 299, refused: 300 });
  const { failures = 0 } = sinks.states()[0] ?? {};
  await expect.poll(() => sinks.states()[0]?.failures).toBeGreaterThan(failures + 1);
  expect(linesOf(one.taken)).toEqual((await log.lines()).slice(0, 299));
  const errors = log.told.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(1);
  expect(errors[0]?.text).toMatch(
    /refuses a record for good.*"record":300,"type":"session_ended","status":422,"behind":301/,
  );
  picky = false;
  await expect.poll(() => sinks.states()[0]).toMatchObject({ taken: 600, refused: null });
  await sinks.close();
  expect(linesOf(one.taken)).toEqual(await log.lines());
});

it('sends less at a time to a receiver that finds it too much', async () => {
  await using log = await keptLog();
  await using small = await receiver([], ({ length }) => (length > 3_000 ? 413 : 'take'));
  await log.write(100);
  const sinks = await log.open(sinkOf(small));
  await expect.poll(() => sinks.states()[0]?.taken).toBe(100);
  await sinks.close();
  expect(linesOf(small.taken)).toEqual(await log.lines());
  expect(log.told.filter(({ level }) => level !== 'info')).toEqual([]);
});

it('goes on after the last one that was taken, over a restart, and holds no end up for long', async () => {
  await using log = await keptLog();
  await using slow = await receiver(['take', 'answer nothing']);
  await log.write(2);
  const first = await log.open(sinkOf(slow));
  await expect.poll(() => first.states()[0]?.taken).toBe(2);
  await log.write(2);
  await expect.poll(() => slow.came.length).toBe(2);
  await first.close();
  expect(first.states()[0]?.taken).toBe(2);
  const second = await log.open(sinkOf(slow));
  await expect.poll(() => second.states()[0]?.taken).toBe(4);
  await second.close();
  const seqs = linesOf(slow.came).map((line) => Number(JSON.parse(line).seq));
  expect(firstSightings(seqs)).toEqual([1, 2, 3, 4]);
});

it('does not go on with a store that is not the one the sink knows', async () => {
  await using one = await receiver([]);
  await using log = await keptLog();
  await log.write(5);
  const sinks = await log.open(sinkOf(one));
  await expect.poll(() => sinks.states()[0]?.taken).toBe(5);
  await sinks.close();
  await using other = await keptLog();
  await other.write(3);
  const { openSinks } = await import('../../src/sinks/sinks.ts');
  const options = { folder: `${log.folder}/audit`, host: 'gw', version: '1' };
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const opened = openSinks([sinkOf(one)], { ...options, ledger: other.store.audit, log: silent });
  await expect(opened).rejects.toMatchObject({ code: 'AUDIT_DIVERGED' });
});

it('writes CEF and OCSF as the export does', async () => {
  await using log = await keptLog();
  await log.write(1);
  await using one = await receiver([]);
  for (const format of ['cef', 'ocsf'] as const) {
    const sinks = await log.open({ ...sinkOf(one), url: `${one.url}/${format}`, format });
    await expect.poll(() => sinks.states()[0]?.taken).toBe(1);
    await sinks.close();
  }
  expect(one.taken[0]).toMatch(/^CEF:0\|hoopx\|hoopx\|1\.2\.3\|session_ended\|/);
  expect(JSON.parse(one.taken[1] ?? '')).toMatchObject({ class_uid: 6003, metadata: { uid: '1' } });
});

it('writes one line of CEF for a record, whatever the names in it are', () => {
  const line = exported(
    {
      ...{ v: 'hoopx.audit/v1', seq: 1, time: '2026-01-31T12:00:00.000Z', prev: '' },
      ...{ type: 'anchor_diverged', problem: 'gone' },
      anchor: 'a=b\\\r\nc\u0000d\u000be\u001b[2J\u0085f\u2028g\nCEF:0|forged',
    },
    'cef',
    '1.2.3',
  );
  expect(line).toContain(' cs3=a\\=b\\\\\\nc\ufffdd\ufffde\ufffd[2J\ufffdf\ufffdg\\nCEF:0|forged ');
  expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
});
