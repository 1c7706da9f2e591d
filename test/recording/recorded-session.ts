import type { SqlAnswer } from '../../src/core/recording.ts';
import type { SessionAbout } from '../../src/recording/session-lines.ts';

export const about: SessionAbout = {
  id: 'ses_1',
  protocol: 'postgres',
  connection: { name: 'pg', revision: 'r', labels: {} },
  principal: {
    ...{ issuer: 'i', subject: 's', kind: 'human', name: 'ada', person: 's' },
    ...{ personNamespace: 'n', groups: [], groupsClaimMissing: false, authenticatedBy: 'oidc' },
  },
  ...{ client: 'psql', mode: 'live', reason: null },
};
export const answer: SqlAnswer = {
  type: 'answer',
  ...{ tag: 'SELECT 1', error: null, columns: null, rows: [], bytes: 1 },
};
