import { isRecord } from './decoded-token.ts';

/**
 * Finds a claim by name or path: the whole name first (`https://example.com/groups`), then
 * nested (`realm_access.roles`), where a part may itself hold dots
 * (`resource_access.my.app.roles`). Undefined when there is none; null counts as none.
 */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path] ?? undefined;
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(claims, path.slice(0, dot)) ? claims[path.slice(0, dot)] : null;
    const found = isRecord(inner) ? claimAt(inner, path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
