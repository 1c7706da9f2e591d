import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { readProtobufObject } from '../../../src/protocols/kubernetes/protobuf/object.ts';
import { ProtobufError } from '../../../src/protocols/kubernetes/protobuf/wire.ts';
import { describeWith, peer } from '../../peers/require-peer.ts';

interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly protobuf: string;
  readonly json: unknown;
}

/** Of these there are no requests. */
const onlyInAnswers = /List$|^(APIGroup|APIVersions|Status)$/;

/** Written since then where they are empty; the samples are of an older release. */
const newer = new Set(['ip', 'pathType', 'scope', 'apiGroup', 'availableReplicas']);

function comparable(value: unknown): unknown {
  const text = JSON.stringify(value, (key, each) =>
    newer.has(key) && [null, '', 0].includes(each) ? undefined : each,
  );
  return JSON.parse(text);
}

describeWith(['hoopx-kube-samples'], "objects as Kubernetes' own code writes them", () => {
  test('are read from protobuf as what it writes in JSON', () => {
    const seed = randomInt(1_000_000);
    const printed = execFileSync(peer('hoopx-kube-samples') ?? '', [`${seed}`, '10'], {
      ...{ encoding: 'utf8', maxBuffer: 2 ** 28 },
    });
    const samples = printed
      .trimEnd()
      .split('\n')
      .map((line): Sample => JSON.parse(line));
    const unknown = new Set<string>();
    for (const { apiVersion, kind, protobuf, json } of samples) {
      const bytes = Buffer.from(protobuf, 'base64');
      if (onlyInAnswers.test(kind)) {
        expect(() => readProtobufObject(bytes)).toThrow(ProtobufError);
        unknown.add(kind);
      } else {
        const what = `${apiVersion} ${kind}, seed ${seed}`;
        expect(comparable(readProtobufObject(bytes)), what).toEqual(comparable(json));
      }
    }
    expect(samples.length).toBeGreaterThan(4_000);
    expect(unknown.size).toBeGreaterThan(3);
  });
});
