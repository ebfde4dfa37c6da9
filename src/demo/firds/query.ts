/** What a search knows about a document; what is not there is not known yet, and may be anything. */
export type Fields = Readonly<Partial<Record<string, string>>>;

/** `undefined`: it depends on what is not known. */
export type Condition = (fields: Fields) => boolean | undefined;

/**
 * Reads the part of Lucene's query language that clients of FIRDS listings use: `*`, `*:*`, `field:term` with `*` and `?`,
 * `field:"phrase"`, `field:[a TO b]`, `field:(a OR b)`, AND, OR, NOT and brackets.
 * @throws RangeError for everything else, and for fields that are not among `known`.
 */
export function parseQuery(text: string, known: readonly string[]): Condition {
  const tokens = text.match(/\s+|[()]|[[{][^\]}]*[\]}]|"[^"]*"|:|[^\s()[\]{}":]+|./g) ?? [];
  const words = tokens.filter((token) => token.trim() !== '');
  let at = 0;
  const isNext = (word: string): boolean => words[at] === word;
  const take = (): string => {
    const word = words[at];
    if (word === undefined) throw new RangeError(`${JSON.stringify(text)} ends too early`);
    at += 1;
    return word;
  };

  const either = (field?: string): Condition => {
    const parts = [both(field)];
    while (isNext('OR') || (field !== undefined && at < words.length && !isNext(')') && !isNext('AND'))) {
      if (isNext('OR')) at += 1;
      parts.push(both(field));
    }
    return (fields) => anyOf(parts.map((part) => part(fields)));
  };
  const both = (field?: string): Condition => {
    const parts = [single(field)];
    while (at < words.length && !isNext('OR') && !isNext(')')) {
      if (isNext('AND')) at += 1;
      else if (field !== undefined) break;
      parts.push(single(field));
    }
    return (fields) => not(anyOf(parts.map((part) => not(part(fields)))));
  };
  const single = (field?: string): Condition => {
    const word = take();
    if (word === 'NOT') {
      const condition = single(field);
      return (fields) => not(condition(fields));
    }
    if (word === '(') {
      const condition = either(field);
      if (take() !== ')') throw new RangeError(`a bracket is missing in ${JSON.stringify(text)}`);
      return condition;
    }
    if (field !== undefined) return valueCondition(field, word);
    if (!isNext(':')) {
      if (word === '*') return () => true;
      throw new RangeError(`${JSON.stringify(word)} names no field`);
    }
    at += 1;
    if (word === '*') return take() === '*' ? () => true : () => false;
    if (!known.includes(word)) throw new RangeError(`undefined field ${word}`);
    if (isNext('(')) return single(word);
    return valueCondition(word, take());
  };

  if (words.length === 0) return () => true;
  const condition = either();
  if (at < words.length)
    throw new RangeError(`${JSON.stringify(text)} is not understood from ${words[at]} on`);
  return condition;
}

function valueCondition(field: string, word: string): Condition {
  if (/^[[{]/.test(word)) return rangeCondition(field, word);
  if (word === ')' || word === ':') throw new RangeError(`${field} has no value`);
  const wanted = word.replaceAll('"', '');
  const pattern = word.startsWith('"')
    ? undefined
    : new RegExp(
        `^${wanted
          .replaceAll(/[.+^$|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      );
  return ({ [field]: value }) => {
    if (value === undefined) return undefined;
    // A day finds the instant at which it begins.
    return pattern?.test(value) || value === wanted || value === `${wanted}T00:00:00Z`;
  };
}

function rangeCondition(field: string, word: string): Condition {
  const match = /^([[{])\s*(\S+)\s+TO\s+(\S+)\s*([\]}])$/.exec(word);
  if (!match) throw new RangeError(`${word} is no range like [a TO b]`);
  const [, opening, from = '*', to = '*', closing] = match;
  const least = from === '*' ? -Infinity : instantOf(from, 'T00:00:00.000Z');
  const most = to === '*' ? Infinity : instantOf(to, 'T23:59:59.999Z');
  return ({ [field]: value }) => {
    if (value === undefined) return undefined;
    const at = Date.parse(value);
    return (opening === '[' ? at >= least : at > least) && (closing === ']' ? at <= most : at < most);
  };
}

function instantOf(text: string, timeOfDay: string): number {
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? text + timeOfDay : text);
  if (Number.isNaN(at)) throw new RangeError(`Invalid Date String:'${text}'`);
  return at;
}

function anyOf(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(true)) return true;
  return results.includes(undefined) ? undefined : false;
}

function not(result: boolean | undefined): boolean | undefined {
  return result === undefined ? undefined : !result;
}
