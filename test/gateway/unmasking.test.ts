import { expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import type { Principal } from '../../src/core/principal.ts';
import { Secret } from '../../src/core/secret.ts';
import { createStanding } from '../../src/gateway/standing.ts';
import { createUnmasking } from '../../src/gateway/unmasking.ts';
import { env, fileOf, sample } from '../config/gateway-files.ts';
import { ann } from '../masking/questions.ts';

const masking = `masking:
  - { columns: ["*.customers.email"], unmask: { chain: dba, for: 1h } }
`;

it('what a person was granted is not what another kind of token of that subject asks for', async () => {
  const config = await loadGatewayConfig(await fileOf(sample + masking), env);
  const { footing } = createStanding(config, { hostKey: '', maskingKey: new Secret('key') });
  const digests: string[] = [];
  const { ask } = createUnmasking({
    footing,
    approvals: {
      async submit({ digest }) {
        digests.push(digest);
        return { kind: 'refused', refusal: { code: 'ACCESS_DENIED', message: 'only looked at' } };
      },
      get: async () => null,
    },
    store: { findOpen: async () => [] },
    clock: Date.now,
  });
  const askers: readonly Principal[] = [
    ann,
    { ...ann, groups: ['engineering', 'other'] },
    { ...ann, kind: 'agent' },
    { ...ann, kind: 'agent', person: 'bob' },
    { ...ann, person: 'bob' },
  ];
  for (const principal of askers) await ask({ principal, connection: 'pg-prod' }, null);
  expect(digests[1]).toBe(digests[0]);
  expect(new Set(digests).size).toBe(4);
});
