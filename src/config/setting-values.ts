/** @throws Error that repeats the text; never for a secret */
export function expected(isRight: boolean, text: string, what: string): string {
  if (!isRight) throw new Error(`"${text}" is not ${what}`);
  return text;
}

/** A value that may be left out. */
export function optional<Value>(parse: (text: string) => Value): (text: string) => Value | undefined {
  return (text) => (text === '' ? undefined : parse(text));
}

/** Items of a list as a person types it: `a, b`. */
export function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    expected(
      /^\d+$/.test(text) && value >= min && value <= max,
      text,
      `a whole number from ${min} to ${max}`,
    );
    return value;
  };
}

export function oneOf<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  return expected(choices.includes(text as Choice), text, `one of ${choices.join(', ')}`) as Choice;
}

const YES = ['yes', 'true', '1'];
const NO = ['no', 'false', '0', ''];

export function yesOrNo(text: string): boolean {
  const word = text.toLowerCase();
  expected(YES.includes(word) || NO.includes(word), text, 'yes or no');
  return YES.includes(word);
}
