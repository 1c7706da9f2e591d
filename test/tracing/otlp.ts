import protobuf from 'protobufjs';
import { z } from 'zod';

/** The messages of OTLP 1.9 that traces are sent in, with the numbers of their fields. */
export const otlpSchema = `syntax = "proto3";
package otlp;
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope {
  string name = 1; string version = 2;
  repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
}
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
}
message Event {
  fixed64 time_unix_nano = 1; string name = 2;
  repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
}
message Link {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3;
  repeated KeyValue attributes = 4; uint32 dropped_attributes_count = 5; fixed32 flags = 6;
}
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value {
    string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message Response { PartialSuccess partial_success = 1; }
message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
`;

const { root } = protobuf.parse(otlpSchema);
const requestType = root.lookupType('otlp.Request');
const responseType = root.lookupType('otlp.Response');

type Value = string | number | boolean | readonly (string | number | boolean)[];

const simple = z.union([
  z.object({ stringValue: z.string() }).transform((value) => value.stringValue),
  z.object({ boolValue: z.boolean() }).transform((value) => value.boolValue),
  z.object({ intValue: z.string() }).transform((value) => Number(value.intValue)),
  z.object({ doubleValue: z.number() }).transform((value) => value.doubleValue),
]);
const anyValue = z.union([
  simple,
  z
    .object({ arrayValue: z.object({ values: z.array(simple).default([]) }) })
    .transform((value) => value.arrayValue.values),
]);
const attributes = z
  .array(z.object({ key: z.string(), value: anyValue }))
  .default([])
  .transform(
    (pairs): Record<string, Value> =>
      Object.fromEntries(pairs.map(({ key, value }) => [key, value])),
  );
const id = z
  .string()
  .default('')
  .transform((text) => Buffer.from(text, 'base64').toString('hex'));
const span = z.object({
  ...{ traceId: id, spanId: id, parentSpanId: id, name: z.string(), kind: z.number() },
  startTimeUnixNano: z.string().transform(BigInt),
  endTimeUnixNano: z.string().transform(BigInt),
  attributes,
  traceState: z.string().optional(),
  events: z.array(z.object({ name: z.string(), attributes })).default([]),
  links: z
    .array(z.object({ traceId: id, spanId: id, attributes, traceState: z.string().optional() }))
    .default([]),
  status: z.object({ code: z.number().default(0), message: z.string().default('') }).optional(),
});
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({ scope: z.object({ name: z.string() }), spans: z.array(span) }),
      ),
    }),
  ),
});

export type SentSpan = z.infer<typeof span> & { readonly resource: Record<string, Value> };

/** By a library that the gateway does not use. */
export function decodeSpans(body: Uint8Array): readonly SentSpan[] {
  const options = { longs: String, bytes: String };
  const { resourceSpans } = request.parse(requestType.toObject(requestType.decode(body), options));
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((each) => ({ ...each, resource: resource.attributes })),
    ),
  );
}

export function encodeRejection(rejected: number): Uint8Array {
  const partialSuccess = { rejectedSpans: rejected, errorMessage: 'too many' };
  return responseType.encode(responseType.create({ partialSuccess })).finish();
}
