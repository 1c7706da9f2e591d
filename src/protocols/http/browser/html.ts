/** Markup, as opposed to text that is still to be escaped. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | readonly Html[];

/** Escapes every part that is not markup already: fit for text and for quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const pieces = strings.map((text, index) => text + markupOf(parts[index] ?? ''));
  return { markup: pieces.join('') };
}

function markupOf(part: Part): string {
  if (typeof part === 'string') return escaped(part);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"'\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
