/** Characters that are taken for each other by eye or by a scanner, the most frequent mistake first. */
const CONFUSABLES = ['0O', '1IL', '5S', '8B', '2Z'];

/** Every text that differs from this one in a single character that is easily mistaken, most frequent mistakes first. */
export function confusableReplacements(text: string): string[] {
  const results: string[] = [];
  for (const alike of CONFUSABLES) {
    for (let at = 0; at < text.length; at += 1) {
      if (!alike.includes(text.charAt(at))) continue;
      for (const other of alike) {
        if (other !== text.charAt(at)) results.push(text.slice(0, at) + other + text.slice(at + 1));
      }
    }
  }
  return results;
}

/** Every text in which two neighbours have changed places, from left to right. */
export function neighbourSwaps(text: string): string[] {
  const results: string[] = [];
  for (let at = 0; at + 1 < text.length; at += 1) {
    const [left, right] = [text.charAt(at), text.charAt(at + 1)];
    if (left !== right) results.push(text.slice(0, at) + right + left + text.slice(at + 2));
  }
  return results;
}
