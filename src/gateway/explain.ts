import type { PolicyFile } from '../config/policy-file.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { nearest } from '../core/nearest.ts';
import type { Decidable } from '../core/operation.ts';
import type { PolicyQuestion } from '../core/policy.ts';
import type { Principal, PrincipalKind } from '../core/principal.ts';
import { UserError } from '../core/user-error.ts';
import { explainedMasking, explainMasking, type MaskExplanation } from '../masking/explain.ts';
import { explainPolicy } from '../policy/explain.ts';
import { compilePolicy } from '../policy/policy.ts';
import { type OpenRuleExplanation, openRules } from './open-rules.ts';
import { possibleQuestions, type Verdicts, verdictsOn } from './possible-questions.ts';
import type { StatementReaders } from './statement-readers.ts';

/** A principal that is not logged in: what a rule would see of one who is. */
export interface SupposedPrincipal {
  readonly user: string;
  /** Default: the user. */
  readonly subject?: string | undefined;
  /** The person whom a CI job or agent belongs to. Default: the subject. */
  readonly person?: string | undefined;
  readonly groups: readonly string[];
  readonly kind: PrincipalKind;
  readonly issuer?: string | undefined;
}

export interface SupposedStatement {
  readonly connection: string;
  readonly principal: SupposedPrincipal;
  /** SQL, or the command of an SSH exec request. */
  readonly sql: string;
}

export interface StatementExplanation extends Verdicts {
  /** In the order of the file. */
  readonly rules: readonly OpenRuleExplanation[];
  readonly statement: SupposedStatement;
  readonly decidable: Decidable;
  /** What rules would mask of the answer. */
  readonly masks: readonly MaskExplanation[];
  /** Whether the answer may hold more that is masked: what, only the database's catalog tells. */
  readonly masksMore: boolean;
  readonly revision: string;
}

/**
 * What the rules of a file make of a statement, read as the gateway would read it.
 * @throws UserError for a connection that the file does not have
 */
export function explainStatement(
  file: PolicyFile,
  readers: StatementReaders,
  statement: SupposedStatement,
): StatementExplanation {
  const asked = questionOf(file, readers, statement);
  const questions = possibleQuestions(file, readers, asked);
  const [{ question }] = questions;
  const { revision } = file.policy;
  const { decidable } = question;
  const { protocol, facts } = decidable;
  const policy = compilePolicy(file.policy);
  const onMasking = { ...question, protocol };
  const masksColumns = explainedMasking(file.masking, onMasking).columns !== null;
  return {
    ...verdictsOn(questions, (each) => policy.evaluate(each)),
    rules: openRules(questions.map((each) => explainPolicy(file.policy, each.question).rules)),
    statement,
    decidable,
    masks: explainMasking(file.masking, onMasking, facts),
    masksMore:
      facts.protocol === 'postgres' && masksColumns && facts.reads.length + facts.writes.length > 0,
    revision,
  };
}

/** The question that the gate would ask. */
export function questionOf(
  { connections }: Pick<PolicyFile, 'connections'>,
  readers: StatementReaders,
  { connection, principal, sql }: SupposedStatement,
): PolicyQuestion {
  const known = Object.hasOwn(connections, connection) ? connections[connection] : undefined;
  if (known === undefined) {
    const near = nearest(connection, Object.keys(connections));
    throw new UserError(`there is no connection named ${connection}`, {
      code: 'CONNECTION_UNKNOWN',
      exitCode: exitCodes.usage,
      hint: near === null ? connectionsHint(connections) : `Did you mean ${near}?`,
    });
  }
  return {
    principal: supposed(principal),
    connection: known.identity,
    decidable: readers[known.protocol](sql, known),
  };
}

function connectionsHint(connections: PolicyFile['connections']): string {
  return `The file has ${Object.keys(connections).join(', ') || 'none'}.`;
}

function supposed({ user, groups, kind, ...given }: SupposedPrincipal): Principal {
  const subject = given.subject ?? user;
  return {
    issuer: given.issuer ?? '',
    subject,
    kind,
    name: user,
    person: given.person ?? subject,
    personNamespace: '',
    groups,
    groupsClaimMissing: false,
    authenticatedBy: 'supposed',
  };
}
