/** The beginning of a text, at most `length` UTF-16 units, never ending in half a character. */
export function excerpt(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
