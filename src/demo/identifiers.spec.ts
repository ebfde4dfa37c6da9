import { isIsin } from '../domain/isin.js';
import { isLei } from '../domain/lei.js';
import { isMic } from '../domain/mic.js';
import { fourCharacters, fundIsin, indianIsin, inventedLei, inventedMic } from './identifiers.js';

describe('identifiers', () => {
  it('gives every number four characters of its own, a letter first', () => {
    const codes = Array.from({ length: 120_000 }, (_, number) => fourCharacters(number));
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => /^[A-Z][0-9A-Z]{3}$/.test(code))).toBe(true);
  });

  it('makes valid ISINs, as real ones are made', () => {
    expect(indianIsin('INE', '002A', '01', 1)).toBe('INE002A01018');
    expect(isIsin(fundIsin('Q000', 'ABC1'))).toBe(true);
  });

  it('makes valid LEIs and MICs, each once', () => {
    const numbers = Array.from({ length: 3_000 }, (_, number) => number);
    expect(numbers.map(inventedLei).every(isLei)).toBe(true);
    expect(numbers.map(inventedMic).every(isMic)).toBe(true);
    expect(new Set(numbers.map(inventedLei)).size).toBe(3_000);
    expect(new Set(numbers.map(inventedMic)).size).toBe(3_000);
    expect(() => inventedMic(20_000)).toThrow(RangeError);
  });
});
