import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditReading, Readings } from './readings.ts';

/** Metrics in the text format of Prometheus. Labels come from closed lists, or the configuration. */
export interface Exposition {
  readonly contentType: string;
  /** How long a request waited, and the state in which its waiting ended. */
  waited(state: string, seconds: number): void;
  storeWrote(seconds: number): void;
  render(readings: Readings): Promise<string>;
}

type Label = Readonly<Record<string, string>>;
type Sample = readonly [label: Label, value: number];
type Kind = typeof Gauge | typeof Counter;

/** Set as a whole, from what was counted elsewhere: counting costs no more than an addition. */
type Series = (samples: readonly Sample[]) => void;

export function createExposition(version: string): Exposition {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series = (Kind: Kind, name: string, help: string, ...labelNames: string[]): Series => {
    const metric = new Kind({ name, help, labelNames, registers: [registry] });
    return (samples) => {
      metric.reset();
      for (const [labels, value] of samples) metric.inc(labels, value);
    };
  };
  series(Gauge, 'hoopx_build_info', 'The version, as a label.', 'version')([[{ version }, 1]]);
  const tellTraffic = trafficSeries(series);
  const tellAudit = auditSeries(series);
  const waits = new Histogram({
    name: 'hoopx_request_wait_seconds',
    help: 'How long requests waited for people, by how that ended.',
    labelNames: ['state'],
    buckets: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400],
    registers: [registry],
  });
  const writes = new Histogram({
    name: 'hoopx_store_write_seconds',
    help: 'How long the store took for a change, the disk included.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    waited: (state, seconds) => waits.observe({ state }, seconds),
    storeWrote: (seconds) => writes.observe(seconds),
    render(readings) {
      tellTraffic(readings);
      tellAudit(readings.audit);
      return registry.metrics();
    },
  };
}

type MakeSeries = (Kind: Kind, name: string, help: string, ...labelNames: string[]) => Series;

function trafficSeries(series: MakeSeries): (readings: Readings) => void {
  const open = series(Gauge, 'hoopx_sessions_open', 'Sessions that are open.', 'protocol');
  const begun = series(Counter, 'hoopx_sessions_total', 'Sessions that began.', 'protocol');
  const operations = series(
    ...[Counter, 'hoopx_operations_total', 'Operations, by verdict and what came of it.'],
    ...['protocol', 'verdict', 'result'],
  );
  const refusals = series(Counter, 'hoopx_refusals_total', 'Refusals, by why.', 'code');
  const waiting = series(Gauge, 'hoopx_requests_open', 'Requests that have not ended.', 'state');
  const entered = series(Counter, 'hoopx_requests_total', 'Requests that came so far.', 'state');
  const bytes = series(Counter, 'hoopx_recording_bytes_total', 'Bytes of recordings written.');
  const failures = series(
    ...[Counter, 'hoopx_recording_failures_total', 'Recordings that failed.'],
  );
  const spans = series(Counter, 'hoopx_trace_spans_total', 'Spans of traces, by fate.', 'result');
  return (readings) => {
    spans(Object.entries(readings.spans ?? {}).map(([result, count]) => [{ result }, count]));
    open(readings.sessions.map((each) => [{ protocol: each.protocol }, each.open]));
    begun(readings.sessions.map((each) => [{ protocol: each.protocol }, each.begun]));
    operations(readings.operations.map(({ count, ...labels }) => [labels, count]));
    refusals(byLabel('code', readings.refusals));
    waiting(byLabel('state', readings.requests.open));
    entered(byLabel('state', readings.requests.entered));
    bytes([[{}, readings.recording.bytes]]);
    failures([[{}, readings.recording.failures]]);
  };
}

function auditSeries(series: MakeSeries): (audit: AuditReading) => void {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    series(Gauge, `hoopx_audit_${name}`, help, ...labels);
  const seq = gauge('seq', 'The last record of the audit log.');
  const written = gauge('written_seq', 'The last record in the log’s files.');
  const covered = gauge('checkpoint_seq', 'The last record under a checkpoint.');
  const age = gauge('checkpoint_age_seconds', 'Since the last checkpoint was signed.');
  const owed = gauge('anchor_owed', 'Checkpoints that an anchor has not taken.', 'anchor');
  const refused = series(
    ...[Counter, 'hoopx_audit_anchor_failures_total', 'Deliveries that failed.', 'anchor'],
  );
  const behind = gauge('sink_behind', 'Records that a sink has not taken.', 'sink');
  const stuck = gauge('sink_refused_seq', 'The record that a sink refuses for good.', 'sink');
  const taken = gauge('sink_taken_timestamp_seconds', 'When a sink last took records.', 'sink');
  const failed = series(
    ...[Counter, 'hoopx_audit_sink_failures_total', 'Deliveries that failed.', 'sink'],
  );
  return (audit) => {
    const { anchors, sinks } = audit;
    seq(known({}, audit.seq));
    written([[{}, audit.written]]);
    covered([[{}, audit.checkpointed]]);
    age(known({}, audit.checkpointAgeMs, 1_000));
    owed(anchors.map((each) => [{ anchor: each.name }, each.owed]));
    refused(anchors.map((each) => [{ anchor: each.name }, each.failures]));
    behind(sinks.flatMap(({ name, ...each }) => known({ sink: name }, lag(audit.seq, each.taken))));
    stuck(sinks.flatMap((each) => known({ sink: each.name }, each.refused)));
    taken(sinks.flatMap(({ name, takenAt }) => known({ sink: name }, takenAt, 1_000)));
    failed(sinks.map((each) => [{ sink: each.name }, each.failures]));
  };
}

function lag(seq: number | null, taken: number): number | null {
  return seq === null ? null : Math.max(0, seq - taken);
}

/** What is not known is left out: a zero would be a lie. */
function known(labels: Label, value: number | null, divisor = 1): readonly Sample[] {
  return value === null ? [] : [[labels, value / divisor]];
}

function byLabel(name: string, counts: ReadonlyMap<string, number>): readonly Sample[] {
  return [...counts].map(([value, count]) => [{ [name]: value }, count]);
}
