import { FIELDS, FIRST_SENTINEL_YEAR, type FieldType, type FirdsField } from './fields.js';
import { TERMINATION_GRACE_DAYS } from './record-lines.js';

const TYPE_WORDS: Readonly<Record<FieldType, string>> = {
  text: 'text',
  code: 'code',
  isin: 'ISIN',
  lei: 'LEI',
  mic: 'MIC',
  cfi: 'CFI',
  currency: 'currency',
  country: 'country',
  decimal: 'decimal',
  boolean: 'boolean',
  day: 'day',
  moment: 'moment',
};

/** More paths than these differ in one place alone, and are shown as one. */
const SHOWN_PATHS = 2;

const INTRODUCTION = `# What a record of FIRDS says

Each path below a record's element (\`RefData\`, \`NewRcrd\`, \`ModfdRcrd\`, \`TermntdRcrd\`, \`CancRcrd\`, \`CxlData\`), the name
under which we keep it, and its number in RTS 23. Names of columns are marked; all others are places in \`details\`.

- Texts are kept as published, blanks and all. Codes, numbers and days are kept without white space around them.
- Decimals are strings, digit by digit as written; booleans are booleans (\`true\`, \`false\`, \`1\`, \`0\`).
- A day may have a \`Z\` behind it, which is not kept. A moment is kept as written.
- \`firstTradeOn\` and \`terminationOn\` are the days of their moments. The moment itself is kept, as \`admission.firstTradeAt\` and
  \`admission.terminationAt\`, only where it says more than the day: midnight, in UTC or without a zone, does not.
- A day or moment from ${FIRST_SENTINEL_YEAR} on means "never": there is no such value then, and what was written stays under
  \`sentinels\`, by the name in this table.
- A value that is not of its type stays as written under \`unread\`, by the name in this table; of a list, the values that are not.
- Elements and attributes that are not in this table stay under \`unknown\`, by path; and so do values that stand in a record
  a second time, with a number: \`TradgVnRltdAttrbts/Id#2\`.
- \`derivative.underlying.isBasket\` is \`true\` where there is an element \`Bskt\`, and absent otherwise.
- A termination without \`PblctnPrd\` was reported late: \`isLate\`. A version whose last day is before its first:
  \`endsBeforeItBegins\`. Both, and \`publication\`, are of the version, and no part of the content's fingerprint.
- A record is \`terminated\` also when its termination is more than ${TERMINATION_GRACE_DAYS} days before the edition: it is reported so
  many days after it happened.
`;

/** All fields as a page of documentation; `FIELDS.md` is this page. */
export function fieldsTable(): string {
  const rows = FIELDS.map(
    (field) =>
      `| ${nameOf(field)} | ${field.rts ?? ''} | ${typeOf(field)} | ${pathsOf(field)} | ${field.means} |`,
  );
  return [INTRODUCTION, '| name | RTS 23 | type | path | means |', '|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function nameOf({ name, isColumn, momentName }: FirdsField): string {
  const column = isColumn ? `\`${name}\` (column)` : `\`${name}\``;
  return momentName === undefined ? column : `${column}, \`${momentName}\``;
}

function typeOf({ type, isList }: FirdsField): string {
  return isList ? `list of ${TYPE_WORDS[type]}` : TYPE_WORDS[type];
}

function pathsOf({ paths }: FirdsField): string {
  if (paths.length <= SHOWN_PATHS) return paths.map((path) => `\`${path}\``).join(', ');
  const [first = ''] = paths;
  const branches = paths.map((path) => path.split('/').slice(4, -1).join('/'));
  const shown = [...first.split('/').slice(0, 4), '…', first.split('/').at(-1)].join('/');
  return `\`${shown}\`, where … is ${branches.map((branch) => `\`${branch}\``).join(', ')}`;
}
