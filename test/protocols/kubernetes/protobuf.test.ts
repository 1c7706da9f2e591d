import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProtobufObject } from '../../../src/protocols/kubernetes/protobuf/object.ts';
import { ProtobufError } from '../../../src/protocols/kubernetes/protobuf/wire.ts';
import { type Envelope, protobufBody, record, varint } from './protobuf-bytes.ts';

const { concat } = Buffer;
const metadata = record(1, concat([record(1, 'web'), record(3, 'prod')]));
const container = (...more: Buffer[]) => record(2, concat([record(1, 'app'), ...more]));
const privileged = record(15, record(2, 1));
const spec = (...more: Buffer[]) => record(2, concat(more));
const pod = concat([metadata, spec(container(record(2, 'nginx:1'), privileged), record(11, 1))]);

function read(raw: Buffer, envelope: Envelope = {}): unknown {
  return readProtobufObject(protobufBody(raw, envelope));
}

test('an object is read as its JSON, with the zeros that say something', () => {
  const replicas = spec(record(1, 0));
  expect(read(replicas, { apiVersion: 'apps/v1', kind: 'Deployment' })).toMatchObject({
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    spec: { replicas: 0 },
  });
  expect(read(pod)).toMatchObject({
    metadata: { name: 'web', namespace: 'prod', creationTimestamp: null },
    spec: {
      containers: [{ name: 'app', image: 'nginx:1', securityContext: { privileged: true } }],
      hostNetwork: true,
    },
  });
});

describe('refused, as it could be read in two ways, or not completely', () => {
  const nested = (depth: number): Buffer =>
    depth === 0 ? Buffer.alloc(0) : record(2, nested(depth - 1));
  test.each<[string, Buffer, RegExp]>([
    ['a field that the schema has not', concat([pod, record(99, 'x')]), /has a field 99/],
    ['one further in', spec(container(record(98, 1))), /Container has a field 98/],
    ['a second spec, which decoders join', concat([pod, spec()]), /its field spec twice/],
    ['a second image', spec(container(record(2, 'a'), record(2, 'b'))), /its field image twice/],
    ['a label twice', record(1, concat([label('a', '1'), label('a', '2')])), /the key a twice/],
    ['a number where text is due', record(1, record(1, 7)), /is a number/],
    ['text where a number is due', spec(record(11, 'yes')), /is no number/],
    ['a bool that is none', spec(record(11, 2)), /is no bool/],
    ['text that is no UTF-8', record(1, record(1, Buffer.from([0xff]))), /is no UTF-8/],
    ['a group', Buffer.from([0x0b, 0x0c]), /wire type 3/],
    ['a fixed-size number', Buffer.from([0x0d, 0, 0, 0, 0]), /wire type 5/],
    ['field 0', Buffer.from([0x02, 0x00]), /no field 0/],
    ['a number of 11 bytes', Buffer.alloc(11, 0xff), /more than 64 bits/],
    ['an end in the middle', pod.subarray(0, -1), /in the middle/],
    ['a length beyond the end', concat([varint(10), varint(1n << 40n)]), /in the middle/],
    ['more objects than anybody reviews', spec(...Array(100_001).fill(record(2, ''))), /too many/],
    ['packed numbers', spec(record(14, record(4, Buffer.from([1, 2])))), /is no number/],
    ['nesting where there is none', nested(70), /./],
  ])('%s', (_what, raw, why) => {
    expect(() => read(raw)).toThrow(ProtobufError);
    expect(() => read(raw)).toThrow(why);
  });

  test.each<[string, Envelope]>([
    ['a kind that is not known', { kind: 'Gizmo' }],
    ['a version that is not known', { apiVersion: 'apps/v9', kind: 'Deployment' }],
    ['a kind of another group', { kind: 'Deployment' }],
    ['a name that every object has', { apiVersion: '__proto__', kind: 'constructor' }],
    ['a coding', { coding: 'gzip' }],
    ['another type within', { type: 'application/json' }],
  ])('an envelope with %s', (_what, envelope) => {
    expect(() => read(pod, envelope)).toThrow(ProtobufError);
  });

  test('a body that does not begin with the four bytes', () => {
    expect(() => readProtobufObject(pod)).toThrow(/does not begin/);
    expect(() => readProtobufObject(Buffer.from('{}'))).toThrow(ProtobufError);
  });

  test('an envelope with two objects', () => {
    const twice = concat([protobufBody(pod, {}), record(2, pod)]);
    expect(() => readProtobufObject(twice)).toThrow(/occurs twice/);
  });
});

test('names that JavaScript knows are names like any other', () => {
  const labels = record(1, concat([label('__proto__', 'x'), label('constructor', 'y')]));
  const value = JSON.parse(JSON.stringify(read(labels)));
  expect(Object.entries(value.metadata.labels)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('whatever comes is read or refused', () => {
  const whole = protobufBody(pod, {});
  const changed = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((edits) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of edits) bytes[at] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(changed, (bytes) => {
      try {
        expect(readProtobufObject(bytes)).toHaveProperty('kind');
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError);
      }
    }),
    { numRuns: 5_000 },
  );
});

function label(key: string, value: string): Buffer {
  return record(11, concat([record(1, key), record(2, value)]));
}
