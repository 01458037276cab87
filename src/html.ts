/** HTML that needs no escaping any more. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Html | undefined | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML from a template: every inserted text is escaped, inserted HTML is kept, undefined is nothing. Attributes must be quoted. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.reduce((text, part, at) => `${text}${markup(pieces[at - 1])}${part}`));
}

function markup(piece: Piece): string {
  if (piece === undefined) {
    return '';
  }
  if (piece instanceof Html) {
    return piece.text;
  }
  return typeof piece === 'object'
    ? piece.map(({ text }) => text).join('')
    : String(piece).replace(/[&<>"']/gu, (character) => entities[character] ?? '');
}
