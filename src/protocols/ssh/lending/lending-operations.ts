import type { JsonObject } from '../../../core/json.ts';
import type { SshOperation } from '../../../core/operation.ts';
import { type Lending, lendingNames } from './lending.ts';

/** Lending by itself: what rules see of it is what it is lent to, as another kind. */
export function lendingOperation(lending: Lending, start: SshOperation): SshOperation {
  const { decidable } = start;
  const summary = `lend the ${lendingNames[lending.kind]} to: ${decidable.summary}`;
  return {
    ...start,
    claimable: false,
    decidable: {
      ...decidable,
      facts: { ...decidable.facts, kinds: [lending.kind] },
      summary,
    },
    action: () => ({ form: lending.kind, lent: [lendingJson(lending)], to: start.action() }),
    presentation: () => {
      const shown = start.presentation();
      return { ...shown, notes: [meaningOf(lending), ...shown.notes] };
    },
  };
}

/** A start and what is lent to it, decided as one. */
export function startWithLendings(start: SshOperation, lendings: readonly Lending[]): SshOperation {
  const { decidable } = start;
  const { facts } = decidable;
  const names = lendings.map(({ kind }) => lendingNames[kind]).join(' and the ');
  return {
    ...start,
    claimable: false,
    decidable: {
      ...decidable,
      facts: { ...facts, kinds: [...facts.kinds, ...lendings.map(({ kind }) => kind)] },
      summary: `${decidable.summary} (lends the ${names})`,
    },
    action: () => ({ ...start.action(), lent: lendings.map(lendingJson) }),
    presentation: () => {
      const shown = start.presentation();
      return { ...shown, notes: [...lendings.map(meaningOf), ...shown.notes] };
    },
  };
}

function lendingJson(lending: Lending): JsonObject {
  if (lending.kind === 'agent_forwarding') return { kind: lending.kind };
  const { kind, single, protocol, screen } = lending;
  return { kind, single, protocol, screen };
}

/** For a reviewer: what it lets others do. */
function meaningOf(lending: Lending): string {
  switch (lending.kind) {
    case 'agent_forwarding':
      return (
        "lends the requester's SSH agent: until this ends, whatever runs at the server as this " +
        'account, or as root, can log in to other places with the keys of the requester. ' +
        'What it does there is neither seen nor decided here.'
      );
    case 'x11_forwarding':
      return (
        `lends the requester's X11 display (${lending.protocol}, screen ${lending.screen}` +
        `${lending.single ? ', for one connection' : ''}): until this ends, programs at the server ` +
        'can open windows there; where the requester trusts them (ssh -Y), also read its screen, ' +
        'its keyboard and its clipboard. None of that is decided here.'
      );
    default:
      return lending satisfies never;
  }
}
