import { RE2JS } from 're2js';

type PathTemplate = (path: string) => boolean;

const maxTemplate = 500;
const parts = /:[A-Za-z_][A-Za-z0-9_]*|\*|[^:*]+|:/g;

/**
 * `/v1/users/:id` and `/files/*`, as URLPattern writes them: a name stands for one segment, `*`
 * for anything. `strict` for what allows; otherwise another case, and a slash at the end, are the
 * same path, as many servers have it. Throws an `Error` fit for the template's author.
 */
function compilePathTemplate(template: string, strict: boolean): PathTemplate {
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

/** Whether any of them matches; what is wrong with one is reported with its place in the list. */
export function compilePathTemplates(
  templates: readonly string[],
  strict: boolean,
  report: (index: number, message: string) => void,
): PathTemplate {
  const compiled = templates.flatMap((template, index) => {
    try {
      return [compilePathTemplate(template, strict)];
    } catch (error) {
      report(index, error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  return (path) => compiled.some((matches) => matches(path));
}

function sourceOf(part: string): string {
  if (part === '*') return '.*';
  return part.length > 1 && part.startsWith(':') ? '[^/]+' : RE2JS.quote(part);
}
