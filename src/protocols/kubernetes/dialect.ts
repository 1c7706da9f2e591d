import type { KubernetesFacts } from '../../core/facts.ts';
import type { KubernetesDecidable } from '../../core/operation.ts';
import { principalKey } from '../../core/principal.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { SessionGrant } from '../adapter.ts';
import {
  type HttpDialect,
  NoCredentialError,
  type RefusingWords,
  type Sender,
} from '../http/dialect.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { HeaderList } from '../http/wire/header-list.ts';
import { sentTarget } from '../http/wire/request-target.ts';
import { acceptedStatus, requestErrorStatus, statusAnswer } from './faults.ts';
import { identityHeaders } from './identity-headers.ts';
import { answerNatureOf, refuseMasks, upgradeProspect } from './masked-answers.ts';
import { kubernetesDecidable, kubernetesOperation } from './operations.ts';
import { previewOf } from './preview.ts';
import type { KubernetesTarget } from './target.ts';
import type { TokenSource } from './token-source.ts';
import { maskedFrames } from './upgraded/frame-masking.ts';
import { lastWordsOf } from './upgraded/last-words.ts';
import type { RefusedUpgrades } from './upgraded/refused-upgrades.ts';
import { type RemoteCommand, recordRemote } from './upgraded/remote-recording.ts';

export const kubernetesWords: RefusingWords = {
  refused: statusAnswer,
  notTaken: requestErrorStatus,
};

/** What all sessions share. */
export interface KubernetesDialectParts {
  readonly tokens: TokenSource;
  readonly refusedUpgrades: RefusedUpgrades;
}

/** Kubernetes: a request means a verb and a resource, and a refusal is a Status. */
export function createKubernetesDialect(
  grant: SessionGrant<KubernetesTarget>,
  { tokens, refusedUpgrades }: KubernetesDialectParts,
): HttpDialect<KubernetesFacts> {
  const { target, principal, connection } = grant;
  const asker = `${principalKey(principal)}\n${connection.name}`;

  async function headersFor({ request }: Pick<Sender, 'request'>): Promise<HeaderList> {
    const identity = identityHeaders(principal, request, target.impersonate);
    if (target.tokenProgram === null) return identity;
    const token = await tokens.current(target.tokenProgram);
    return [...identity, ['Authorization', `Bearer ${token.reveal()}`]];
  }

  /** Only for what people are about to be asked: it is a look, with the gateway's eyes, at the target. */
  async function previewFor(request: HttpRequest, decidable: KubernetesDecidable) {
    if (!target.diffs || grant.gate.foresee(decidable).kind !== 'review') return [];
    try {
      const headers = await headersFor({ request });
      const { facts } = decidable;
      return await previewOf({ request, facts, target, headers, signal: grant.signal });
    } catch (error) {
      if (error instanceof NoCredentialError) return [`There is no preview: ${error.message}`];
      throw error;
    }
  }

  return {
    decidable: kubernetesDecidable,
    decodes: () => true,
    async operation(request, decidable) {
      refuseMasks(request, grant.masking);
      const preview = await previewFor(request, decidable);
      return kubernetesOperation({ request, decidable, target, person: principal.name, preview });
    },
    // Also where the gateway shows a certificate: a token beside it would be somebody else's.
    ownHeaders: new Set(['authorization', 'audit-id']),
    headersFor,
    answerHeaders: (approved) => [['Warning', approvalWarning(approved)]],
    ...kubernetesWords,
    accepted: acceptedStatus,
    wasAnswered(status) {
      if (status === 401 && target.tokenProgram !== null) tokens.refused(target.tokenProgram);
    },
    wasRefused: (request, refusal) => refusedUpgrades.remember(asker, request, refusal),
    gateways(request) {
      const refusal = refusedUpgrades.recall(asker, request);
      return refusal === null ? null : statusAnswer(refusal);
    },
    answerNature: answerNatureOf,
    upgradeMasking: { prospect: upgradeProspect, pieces: maskedFrames },
    recordUpgrade(request, agreed) {
      const remote = remoteCommandOf(request);
      return remote === null ? null : recordRemote(grant.recorder, remote, agreed);
    },
    lastWords: lastWordsOf,
  };
}

/** Null for what runs nothing: port-forward, and what goes on to others. */
function remoteCommandOf(request: HttpRequest): RemoteCommand | null {
  const { resource, command } = kubernetesDecidable(request).facts;
  const { subresource } = resource ?? {};
  if (subresource !== 'exec' && subresource !== 'attach') return null;
  const query = new URLSearchParams(sentTarget(request.target).split(/\?(.*)/s)[1] ?? '');
  return {
    ...{ kind: subresource, command, words: wordsOf(request) },
    tty: isTrue(query.get('tty')),
    stdin: isTrue(query.get('stdin')),
    stdout: isTrue(query.get('stdout')),
  };
}

function wordsOf({ target }: HttpRequest): readonly string[] {
  return target.pairs.filter(({ name }) => name === 'command').map(({ value }) => value);
}

/** As the API server reads it. */
function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

/** RFC 7234, section 5.5; kubectl prints its text. */
function approvalWarning({ id, decisions, fallbackCause }: HeldRequest): string {
  const people = decisions.filter(({ kind }) => kind === 'approve').map(({ by }) => by.name);
  const by = people.length === 0 ? '' : ` by ${people.join(', ')}`;
  const how = fallbackCause === null ? `approved${by}` : 'let through by the fallback';
  const text = `hoopx: ${how} (${id})`.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, "'");
  return `299 - "${text}"`;
}
