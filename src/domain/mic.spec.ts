import { isMic, normaliseMic } from './mic.js';

describe('a MIC', () => {
  it.each(['XETR', '360T', 'XXXX'])('may be %s', (text) => {
    expect(isMic(text)).toBe(true);
  });

  it.each(['', 'XET', 'XETRA', 'xetr', 'XE R', 'XETR\n', 'XÄTR'])('is not %j', (text) => {
    expect(isMic(text)).toBe(false);
  });

  it('is trimmed and made capitals, but a blank inside stays to be found', () => {
    expect(normaliseMic('\u00a0xetr ')).toBe('XETR');
    expect(normaliseMic('XE TR')).toBe('XE TR');
    expect(isMic(normaliseMic('xeß'))).toBe(false);
  });
});
