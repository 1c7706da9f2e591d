import type { Principal } from '../../core/principal.ts';
import { NoCredentialError } from '../http/dialect.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { HeaderList } from '../http/wire/header-list.ts';
import type { Impersonation } from './target.ts';

const systemPrefix = 'system:';

/**
 * As whom the cluster is to see it: whom the client asks for, where the rules let that pass, else
 * the person, where the connection says so. Throws a NoCredentialError for a person whose name
 * would be one of the cluster's own.
 */
export function identityHeaders(
  principal: Principal,
  { impersonation }: Pick<HttpRequest, 'impersonation'>,
  impersonate: Impersonation | null,
): HeaderList {
  if (impersonation.length > 0) return impersonation;
  if (impersonate === null) return [];
  const { name, groups } = principal;
  if (name.startsWith(systemPrefix)) throw unfit('begins with system:, as the cluster’s own do');
  const passed = groups.filter(
    (group) => !group.startsWith(systemPrefix) || impersonate.systemGroups.includes(group),
  );
  return [
    ['Impersonate-User', headerText(name)],
    ...passed.map((group) => ['Impersonate-Group', headerText(group)] as const),
  ];
}

/** Go reads headers as UTF-8; Node writes them byte by byte. */
function headerText(text: string): string {
  if (text.trim() !== text || text === '' || /\p{Cc}/u.test(text)) {
    throw unfit('cannot stand in a header');
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

function unfit(why: string): NoCredentialError {
  return new NoCredentialError({
    code: 'ACCESS_DENIED',
    message: `a name or group of yours ${why}, so the cluster cannot be told who you are`,
    hint: 'Ask whoever runs the gateway.',
  });
}
