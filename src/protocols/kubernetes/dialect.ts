import type { KubernetesFacts } from '../../core/facts.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { SessionGrant } from '../adapter.ts';
import type { HttpDialect, RefusingWords, Sender } from '../http/dialect.ts';
import type { HeaderList } from '../http/wire/header-list.ts';
import { acceptedStatus, requestErrorStatus, statusAnswer } from './faults.ts';
import { identityHeaders } from './identity-headers.ts';
import { kubernetesDecidable, kubernetesOperation } from './operations.ts';
import type { KubernetesTarget } from './target.ts';
import type { TokenSource } from './token-source.ts';

export const kubernetesWords: RefusingWords = {
  refused: statusAnswer,
  notTaken: requestErrorStatus,
};

/** Kubernetes: a request means a verb and a resource, and a refusal is a Status. */
export function createKubernetesDialect(
  grant: SessionGrant<KubernetesTarget>,
  tokens: TokenSource,
): HttpDialect<KubernetesFacts> {
  const { target, principal } = grant;

  async function headersFor({ request }: Pick<Sender, 'request'>): Promise<HeaderList> {
    const identity = identityHeaders(principal, request, target.impersonate);
    if (target.tokenProgram === null) return identity;
    const token = await tokens(target.tokenProgram);
    return [...identity, ['Authorization', `Bearer ${token.reveal()}`]];
  }

  return {
    decidable: kubernetesDecidable,
    decodes: () => true,
    operation: (request, decidable) =>
      kubernetesOperation({ request, decidable, target, person: principal.name, preview: [] }),
    // Also where the gateway shows a certificate: a token beside it would be somebody else's.
    ownHeaders: new Set(['authorization', 'audit-id']),
    headersFor,
    answerHeaders: (approved) => [['Warning', approvalWarning(approved)]],
    ...kubernetesWords,
    accepted: acceptedStatus,
  };
}

/** RFC 7234, section 5.5; kubectl prints its text. */
function approvalWarning({ id, decisions, fallbackCause }: HeldRequest): string {
  const people = decisions.filter(({ kind }) => kind === 'approve').map(({ by }) => by.name);
  const by = people.length === 0 ? '' : ` by ${people.join(', ')}`;
  const how = fallbackCause === null ? `approved${by}` : 'let through by the fallback';
  const text = `hoopx: ${how} (${id})`.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, "'");
  return `299 - "${text}"`;
}
