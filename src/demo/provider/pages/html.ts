/** HTML that cannot be injected into: what stands in the template is markup, what is put into it is text.
 *  Called by every page of the demo provider. */

export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | readonly Part[];

/** Texts are escaped, markup and lists of markup go in as they are, null is nothing. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(markup.reduce((page, piece, at) => page + render(parts[at - 1] ?? null) + piece));
}

function render(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return String(part).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
