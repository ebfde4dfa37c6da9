import { Html, html } from './html.js';

describe('html', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    [`" onload='x'`, '&quot; onload=&#39;x&#39;'],
    ['&amp;', '&amp;amp;'],
    [7, '7'],
    [0, '0'],
    ['', ''],
    [null, ''],
    [undefined, ''],
    [false, ''],
  ] as const)('puts %s in as text', (part, text) => {
    expect(html`<p title="${part}">${part}</p>`.text).toBe(`<p title="${text}">${text}</p>`);
  });

  it('takes markup of its own, and lists of parts, as they are', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    expect(html`${items}`.text).toBe('<li>a</li><li>&lt;b&gt;</li>');
    expect(html`${new Html('<br>')}`.text).toBe('<br>');
  });
});
