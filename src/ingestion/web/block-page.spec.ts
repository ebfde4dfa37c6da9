import { excerpt, isHtmlPage, pageTitle } from './block-page.js';

describe('isHtmlPage', () => {
  it.each([
    '<!DOCTYPE html><html>',
    '<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">',
    '\uFEFF\r\n\t<html lang="en">',
    '<HTML>',
    '<!-- cached --><html>',
    '<?xml version="1.0"?>\n<!DOCTYPE html>',
  ])('knows %j as a page', (text) => {
    expect(isHtmlPage(Buffer.from(text))).toBe(true);
  });

  it.each([
    '',
    'ISIN;NAME\n',
    '<?xml version="1.0"?><BizData>',
    '<htmlish>',
    'NAME\n<html>',
    '{"html":"<html>"}',
    '<!DOCTYPE xml>',
    '<!-- never ends <html>',
    `<?XM${'L><!----><?XML--><?XM'.repeat(40)}L`,
  ])('takes %j for a file', (text) => {
    expect(isHtmlPage(Buffer.from(text))).toBe(false);
  });

  it('takes a zip for a file', () => {
    expect(isHtmlPage(Buffer.from('504b03040000ff', 'hex'))).toBe(false);
  });
});

describe('pageTitle', () => {
  it('gives the title on one line', () => {
    expect(pageTitle(Buffer.from('<html><TITLE id="t">\n Access\n  Denied </TITLE>'))).toBe('Access Denied');
  });

  it.each(['<html><body>', '<title></title>', ''])('gives nothing for %j', (page) => {
    expect(pageTitle(Buffer.from(page))).toBeUndefined();
  });
});

describe('excerpt', () => {
  it('shows control and direction characters, and at most 200 bytes', () => {
    expect(excerpt(Buffer.from('a\u0000b\u202Ec\r\nd\u001B'))).toBe('a\\u{0000}b\\u{202e}c d\\u{001b}');
    expect(excerpt(Buffer.alloc(5_000, 'x'))).toHaveLength(200);
  });
});
