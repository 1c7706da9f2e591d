import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { firstSightings, type KeptLog, keptLog } from '../sinks/kept-log.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { describeWith } from './require-peer.ts';
import { type RsyslogPeer, startRsyslog } from './rsyslog.ts';

describeWith(['rsyslogd'], 'audit records over syslog, to rsyslog', () => {
  let certificates: Certificates;
  let rsyslog: RsyslogPeer;
  let log: KeptLog;
  beforeAll(async () => {
    certificates = await makeCertificates();
    rsyslog = await startRsyslog(certificates);
    log = await keptLog();
    await log.write(3);
  });
  afterAll(async () => {
    await rsyslog.stop();
    await log[Symbol.asyncDispose]();
  });

  function sink(shown: Partial<Certificates> = {}) {
    const { ca, cert, key } = { ...certificates, ...shown };
    const tls = { ca, cert, key: new Secret(key) };
    const { port } = rsyslog;
    return { kind: 'syslog', format: 'json', host: '127.0.0.1', port, tls } as const;
  }

  test('is not spoken to when its authority is another one, or when it does not know ours', async () => {
    const stranger = await makeCertificates();
    const anonymous = { ...sink().tls, cert: null, key: null };
    for (const tls of [
      sink({ ca: stranger.ca }).tls,
      sink({ ...stranger, ca: certificates.ca }).tls,
      anonymous,
    ]) {
      const sinks = await log.open({ ...sink(), tls });
      await expect.poll(() => sinks.states()[0]?.failures).toBeGreaterThan(0);
      await sinks.close();
      expect(sinks.states()[0]).toMatchObject({ taken: 0, failing: true });
    }
    expect(await rsyslog.messages()).toEqual([]);
  });

  test('gets each record whole, in order, through its own kill and ours', async () => {
    let sinks = await log.open(sink());
    await expect.poll(() => sinks.states()[0]?.taken).toBe(3);
    await log.write(2_000);
    await expect.poll(() => sinks.states()[0]?.taken).toBeGreaterThan(3);
    await rsyslog.kill9();
    await log.write(10);
    await expect.poll(() => sinks.states()[0]?.failing).toBe(true);
    await sinks.close();
    expect(sinks.states()[0]?.taken).toBeLessThan(2_013);
    await rsyslog.start();
    sinks = await log.open(sink());
    await expect.poll(() => sinks.states()[0]?.taken).toBe(2_013);
    await sinks.close();
    const bodies = (await rsyslog.messages()).map((message) => message.replace(/^.*?\] /, ''));
    const seqs = bodies.map((body) => Number(JSON.parse(body).seq));
    expect(firstSightings(seqs)).toEqual(Array.from({ length: 2_013 }, (_, index) => index + 1));
    expect([...new Set(bodies)]).toEqual(await log.lines());
  });
});
