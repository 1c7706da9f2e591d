import type { Protocol } from '../core/facts.ts';
import { compileGlob, compileGlobs } from '../core/glob.ts';
import type { MaskingPrincipals, MaskingRule } from '../core/masking.ts';
import type { ConnectionIdentity } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';

/** Whose session, on what. */
export interface MaskingQuestion {
  readonly connection: Pick<ConnectionIdentity, 'name' | 'labels'>;
  readonly principal: Principal;
  readonly protocol: Protocol;
}

/** Whether a rule masks there. What leaves data unmasked is read as narrowly as an allow rule. */
export function applies(rule: MaskingRule, question: MaskingQuestion): boolean {
  const { connection, principal } = question;
  const shows = rule.secrets === 'show';
  return (
    onConnection(rule, connection) &&
    (rule.principals === undefined || isAmong(rule.principals, principal, shows)) &&
    (rule.except === undefined || !isAmong(rule.except, principal, true))
  );
}

function onConnection(
  { connections, labels }: MaskingRule,
  connection: MaskingQuestion['connection'],
): boolean {
  if (connections !== undefined && !compileGlobs(connections)(connection.name)) return false;
  return Object.entries(labels ?? {}).every(([label, glob]) => {
    const value = Object.hasOwn(connection.labels, label) ? connection.labels[label] : undefined;
    return value !== undefined && compileGlob(glob)(value);
  });
}

/**
 * Every key that is there must match. A mask for a user reaches the CI jobs and agents that
 * belong to the person, in any spelling; an exemption is for exactly the one that is named.
 */
function isAmong(
  { groups, users, kinds }: MaskingPrincipals,
  { name, subject, person, ...principal }: Principal,
  exactly: boolean,
): boolean {
  const spell = exactly ? (text: string) => text : anySpelling;
  const names = exactly ? [name, subject] : [name, subject, person];
  return (
    (groups === undefined || principal.groups.some(compileGlobs(groups))) &&
    (users === undefined || names.map(spell).some(compileGlobs(users.map(spell)))) &&
    (kinds === undefined || kinds.includes(principal.kind))
  );
}

function anySpelling(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
