/** Text that is HTML already, and the only way to make it: every value put into an html`` template is escaped.
 *  Called by the pages. Must never: let a value in as markup, be it a provider's name or a parameter of the address. */

export class Html {
  private constructor(readonly text: string) {}

  /** The template's own words stand as they are; values are escaped, unless they are Html themselves. */
  static of(words: TemplateStringsArray, values: readonly HtmlValue[]): Html {
    return new Html(words.map((word, at) => word + (at < values.length ? markup(values[at]) : '')).join(''));
  }
}

export type HtmlValue = string | number | Html | readonly Html[] | null | undefined;

export function html(words: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(words, values);
}

function markup(value: HtmlValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
