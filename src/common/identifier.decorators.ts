import { ValidateBy, type ValidationArguments, type ValidationOptions } from 'class-validator';
import { isCfi } from '../domain/cfi.js';
import { isCurrency } from '../domain/currency.js';
import { isDay } from '../domain/day.js';
import { explainIsin, isIsin, normaliseIsin } from '../domain/isin.js';
import { explainLei, isLei, normaliseLei } from '../domain/lei.js';
import { isMic } from '../domain/mic.js';

/**
 * The property is an ISIN in its normal form; normalise before validating where people type. The prefix need not be one
 * we know, for then the right answer is "not found". For a list, `each` wants `IsArray` beside it.
 */
export function IsIsinCode(options?: ValidationOptions): PropertyDecorator {
  return identifier('isIsinCode', 'an ISIN', isIsin, explainIsinFault, options);
}

/** The property is a LEI in its normal form; normalise before validating where people type. */
export function IsLeiCode(options?: ValidationOptions): PropertyDecorator {
  return identifier('isLeiCode', 'a LEI', isLei, explainLeiFault, options);
}

/** The property has the shape of a MIC; whether there is such a market is for the store to say. */
export function IsMicCode(options?: ValidationOptions): PropertyDecorator {
  const fault = 'It has four characters, capital letters A to Z or digits.';
  return identifier('isMicCode', 'a MIC', isMic, () => fault, options);
}

/** The property is a whole CFI code of a known category. */
export function IsCfiCode(options?: ValidationOptions): PropertyDecorator {
  return identifier('isCfiCode', 'a CFI code', isCfi, explainCfiFault, options);
}

/** The property is an ISO 4217 code, active or historic. */
export function IsCurrencyCode(options?: ValidationOptions): PropertyDecorator {
  const fault =
    'ISO 4217 lists no such code, active or historic; codes are three capital letters such as EUR.';
  return identifier('isCurrencyCode', 'a currency code', isCurrency, () => fault, options);
}

/** The property is a real calendar day, written `YYYY-MM-DD`. */
export function IsDayString(options?: ValidationOptions): PropertyDecorator {
  return identifier('isDayString', 'a calendar day', isDay, explainDayFault, options);
}

function identifier(
  name: string,
  what: string,
  isRight: (text: string) => boolean,
  explainFault: (text: string) => string,
  options: ValidationOptions | undefined,
): PropertyDecorator {
  const validate = (value: unknown): boolean => typeof value === 'string' && isRight(value);
  // The wrong text is not repeated: class-validator replaces `$value` and the like in messages, even in quoted ones.
  const defaultMessage = (args?: ValidationArguments): string => {
    const value: unknown = args?.value;
    if (!options?.each || !isCollection(value)) return messageFor('$property', value);
    // With `each` the value is the whole collection; its first wrong element is the one to explain.
    const elements: unknown[] = [...value.values()];
    const at = elements.findIndex((element) => !validate(element));
    return messageFor(`$property[${at}]`, elements[at]);
  };
  const messageFor = (subject: string, value: unknown): string =>
    `${subject} must be ${what}. ${typeof value === 'string' ? explainFault(value) : 'Text is expected.'}`;
  return ValidateBy({ name, validator: { validate, defaultMessage } }, options);
}

function isCollection(value: unknown): value is unknown[] | Set<unknown> | Map<unknown, unknown> {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

function explainIsinFault(text: string): string {
  // An unknown prefix alone is no fault here, so it must not be named as one.
  const reasons = explainIsin(text).reasons.filter((reason) => reason.code !== 'ISIN_PREFIX_UNKNOWN');
  return joined(reasons, normaliseIsin(text));
}

function explainLeiFault(text: string): string {
  return joined(explainLei(text).reasons, normaliseLei(text));
}

function joined(reasons: readonly { readonly message: string }[], normalForm: string): string {
  if (reasons.length === 0) return `Write it as ${normalForm}.`;
  return reasons.map((reason) => reason.message).join(' ');
}

function explainCfiFault(text: string): string {
  return /^[A-Z]{6}$/.test(text)
    ? `ISO 10962 has no category ${text.charAt(0)}.`
    : 'It has six capital letters A to Z.';
}

function explainDayFault(text: string): string {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? 'There is no such day.' : 'It is written YYYY-MM-DD.';
}
