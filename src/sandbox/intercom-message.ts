/** A paragraph of a message: its words, and where they lead when they are a link. */
export interface MessagePart {
  readonly text: string;
  readonly url: string | undefined;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** Reads the HTML of a message as plain text and links, paragraph by paragraph. Tags that it does not know are left out. */
export function messageParts(body: string): readonly MessagePart[] {
  return body
    .split(/<\/p>|<br\s*\/?>/iu)
    .map((paragraph) => ({
      text: plain(paragraph.replace(/<[^>]*>/gu, '')).trim(),
      url: hrefOf(paragraph),
    }))
    .filter(({ text }) => text !== '');
}

function hrefOf(paragraph: string): string | undefined {
  const href = /<a\s[^>]*?href="([^"]*)"/iu.exec(paragraph)?.[1];
  return href === undefined ? undefined : plain(href);
}

function plain(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/gu, (entity) => entities[entity] ?? entity);
}
