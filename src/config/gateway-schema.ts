import { z } from 'zod';
import { audit } from './schema-audit.ts';
import { connections } from './schema-connections.ts';
import { gateway, identity, store } from './schema-gateway.ts';
import { masking, maskingKey } from './schema-masking.ts';
import { metrics } from './schema-metrics.ts';
import { closed, name } from './schema-parts.ts';
import { recording } from './schema-recording.ts';
import { chains, rule } from './schema-rules.ts';
import { tracing } from './schema-tracing.ts';

/** The file as a whole: what each key may hold, without what holds between keys. */
export const gatewaySchema = closed({
  gateway: gateway.prefault({}),
  store: store.default('hoopx.db'),
  identity: z.array(identity).min(1, 'must have at least one issuer'),
  connections: connections.default({}),
  rules: z.array(rule).default([]),
  chains: chains.default({}),
  policies: z.record(name, z.array(rule)).default({}),
  masking,
  maskingKey,
  audit: audit.prefault({}),
  metrics: metrics.optional(),
  tracing: tracing.optional(),
  recording: recording.prefault({}),
  defaults: closed({ unmatched: z.enum(['deny', 'allow']).default('deny') }).prefault({}),
});

export type GatewayDocument = z.infer<typeof gatewaySchema>;
export type IdentityDocument = GatewayDocument['identity'][number];
export type ConnectionDocument = GatewayDocument['connections'][string];
export type PostgresDocument = Extract<ConnectionDocument, { type: 'postgres' }>;
export type SshDocument = Extract<ConnectionDocument, { type: 'ssh' }>;
export type HttpDocument = Extract<ConnectionDocument, { type: 'http' }>;
export type KubernetesDocument = Extract<ConnectionDocument, { type: 'kubernetes' }>;
export type SshLoginDocument = NonNullable<SshDocument['jump']>;
export type ChainDocument = GatewayDocument['chains'][string];
export type RuleDocument = GatewayDocument['rules'][number];
export type MaskingDocument = GatewayDocument['masking'][number];
