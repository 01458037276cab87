/**
 * Text that a CRM takes anywhere: no control characters but line breaks, no halves of characters, at most `max`
 * characters, the last of which says when something was cut.
 */
export function plainText(text: string, max: number): string {
  // What is cut away is never looked at: a name of 70 KB costs as much as a short one.
  const clean = text
    .slice(0, max * 4)
    .toWellFormed()
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .trim();
  const characters = [...clean];
  return characters.length <= max && text.length <= max * 4
    ? clean
    : `${characters.slice(0, max - 1).join('')}…`;
}
