import { validateSync } from 'class-validator';
import {
  IsCfiCode,
  IsCurrencyCode,
  IsDayString,
  IsIsinCode,
  IsLeiCode,
  IsMicCode,
} from './identifier.decorators.js';

class Question {
  @IsIsinCode()
  isin: unknown = 'US0378331005';
  @IsLeiCode()
  lei: unknown = '549300GDPG70E3MBBU98';
  @IsMicCode()
  mic: unknown = 'XETR';
  @IsCfiCode()
  cfi: unknown = 'ESVUFR';
  @IsCurrencyCode()
  currency: unknown = 'EUR';
  @IsDayString()
  day: unknown = '2024-02-29';
  @IsIsinCode({ each: true })
  isins: unknown = ['US0378331005', 'GB0002634946'];
  @IsIsinCode({ message: 'our own words' })
  other: unknown = 'US0378331005';
}

function messagesFor(fields: Partial<Question>): string[] {
  const errors = validateSync(Object.assign(new Question(), fields));
  return errors.flatMap((error) => Object.values(error.constraints ?? {}));
}

describe('a question with identifiers', () => {
  it('is accepted when all are right', () => {
    expect(messagesFor({})).toEqual([]);
  });

  it.each<[keyof Question, unknown, string]>([
    ['isin', 'US0378331003', 'isin must be an ISIN. The check digit should be 5, not 3; '],
    ['isin', 'us0378331005', 'isin must be an ISIN. Write it as US0378331005.'],
    ['isin', '', 'isin must be an ISIN. The ISIN is empty; 12 characters are expected.'],
    ['isin', 5, 'isin must be an ISIN. Text is expected.'],
    ['isin', undefined, 'isin must be an ISIN. Text is expected.'],
    ['isin', ['US0378331005'], 'isin must be an ISIN. Text is expected.'],
    ['lei', '549300GDPG70E3MBBU97', 'lei must be a LEI. The check digits should be 98, not 97; '],
    ['lei', '549300gdpg70e3mbbu98', 'lei must be a LEI. Write it as 549300GDPG70E3MBBU98.'],
    ['mic', 'XETRA', 'mic must be a MIC. It has four characters'],
    ['cfi', 'ZSVUFR', 'cfi must be a CFI code. ISO 10962 has no category Z.'],
    ['cfi', 'ESVUF', 'cfi must be a CFI code. It has six capital letters'],
    ['currency', 'GBX', 'currency must be a currency code. ISO 4217 lists no such code'],
    ['day', '2023-02-29', 'day must be a calendar day. There is no such day.'],
    ['day', '29.02.2024', 'day must be a calendar day. It is written YYYY-MM-DD.'],
  ])('is refused when %s is %j, and says why', (field, value, message) => {
    const messages = messagesFor({ [field]: value });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(message);
  });

  it('is accepted with an ISIN whose prefix nobody knows, and never told that this was its fault', () => {
    expect(messagesFor({ isin: 'QQ0378331003' })).toEqual([]);
    expect(messagesFor({ isin: 'qq0378331003' })).toEqual([
      'isin must be an ISIN. Write it as QQ0378331003.',
    ]);
  });

  it('says which element of a list is wrong, and why', () => {
    expect(messagesFor({ isins: ['US0378331005', 'GB0002634947', 7] })).toEqual([
      expect.stringContaining('isins[1] must be an ISIN. The check digit should be 6, not 7'),
    ]);
    expect(messagesFor({ isins: new Set(['US0378331005', 7]) })).toEqual([
      'isins[1] must be an ISIN. Text is expected.',
    ]);
  });

  it('needs IsArray beside it to refuse one right ISIN in the place of a list', () => {
    // class-validator 0.15 judges a value that is no collection as if `each` were not there.
    expect(messagesFor({ isins: 'US0378331005' })).toEqual([]);
    expect(messagesFor({ isins: 'us0378331005' })).toEqual([
      'isins must be an ISIN. Write it as US0378331005.',
    ]);
  });

  it('does not repeat what was sent, which class-validator would take for a template', () => {
    const [message] = messagesFor({ isin: '$value$target$property' });
    expect(message).not.toContain('$value');
    expect(message).not.toContain('Question');
  });

  it('is answered in our own words where there are some', () => {
    expect(messagesFor({ other: 'x' })).toEqual(['our own words']);
  });
});
