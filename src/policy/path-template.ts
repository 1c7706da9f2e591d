import { RE2JS } from 're2js';

export type PathTemplate = (path: string) => boolean;

const maxTemplate = 500;
const parts = /:[A-Za-z_][A-Za-z0-9_]*|\*|[^:*]+|:/g;

/**
 * `/v1/users/:id` and `/files/*`, as URLPattern writes them: a name stands for one segment, `*`
 * for anything. `strict` for what allows; otherwise another case, and a slash at the end, are the
 * same path, as many servers have it. Throws an `Error` fit for the template's author.
 */
export function compilePathTemplate(template: string, strict: boolean): PathTemplate {
  if (template.length > maxTemplate) {
    throw new Error(`a path template has at most ${maxTemplate} characters`);
  }
  if (!template.startsWith('/') && !template.startsWith('*')) {
    throw new Error('a path template begins with a slash');
  }
  const source = (template.match(parts) ?? []).map(sourceOf).join('');
  const flags = strict ? RE2JS.DOTALL : RE2JS.DOTALL | RE2JS.CASE_INSENSITIVE;
  const pattern = RE2JS.compile(strict ? `^${source}$` : `^${source}/?$`, flags);
  return (path) => pattern.test(path);
}

function sourceOf(part: string): string {
  if (part === '*') return '.*';
  return part.length > 1 && part.startsWith(':') ? '[^/]+' : RE2JS.quote(part);
}
