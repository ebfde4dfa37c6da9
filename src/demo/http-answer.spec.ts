import { answerWith, type ServedFile } from './http-answer.js';

const file: ServedFile = {
  bytes: Buffer.from('0123456789'),
  contentType: 'text/csv',
  modifiedAt: new Date('2026-01-05T13:00:00Z'),
};
const get = (headers: Record<string, string> = {}) => answerWith(file, 'GET', headers);
const etag = get().headers.ETag ?? '';

describe('answerWith', () => {
  it('sends the whole file with its validators', () => {
    const { status, headers, body } = get();
    expect([status, body.toString()]).toEqual([200, '0123456789']);
    expect(headers).toEqual({
      'Content-Type': 'text/csv',
      'Accept-Ranges': 'bytes',
      'Last-Modified': 'Mon, 05 Jan 2026 13:00:00 GMT',
      ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as string,
    });
  });

  it('has another ETag for other bytes, and none for a file without validators', () => {
    const other = answerWith({ ...file, bytes: Buffer.from('0123456780') }, 'GET', {});
    expect(other.headers.ETag).not.toBe(etag);
    expect(answerWith({ ...file, modifiedAt: undefined }, 'GET', {}).headers).not.toHaveProperty('ETag');
  });

  it.each([
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `"x", W/${etag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-modified-since': 'Mon, 05 Jan 2026 13:00:00 GMT' }, 304],
    [{ 'if-modified-since': 'Mon, 05 Jan 2026 12:59:59 GMT' }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-none-match': '"x"', 'if-modified-since': 'Mon, 05 Jan 2026 13:00:00 GMT' }, 200],
  ])('answers the condition %j with %i', (headers: Record<string, string>, status) => {
    expect(get(headers).status).toBe(status);
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=10-', 416, 'Range not satisfiable\n', 'bytes */10'],
    ['bytes=-0', 416, 'Range not satisfiable\n', 'bytes */10'],
    ['bytes=4-2', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['rows=1-2', 200, '0123456789', undefined],
    ['bytes=-', 200, '0123456789', undefined],
  ])('answers the range %s with %i', (range, status, body, contentRange) => {
    const answer = get({ range });
    expect([answer.status, answer.body.toString(), answer.headers['Content-Range']]).toEqual([
      status,
      body,
      contentRange,
    ]);
  });

  it.each([
    [etag, 206],
    ['Mon, 05 Jan 2026 13:00:00 GMT', 206],
    ['"x"', 200],
    [`W/${etag}`, 200],
    ['Tue, 06 Jan 2026 13:00:00 GMT', 200],
  ])('continues under If-Range %s only when nothing has changed: %i', (ifRange, status) => {
    expect(get({ range: 'bytes=5-', 'if-range': ifRange }).status).toBe(status);
  });

  it('ignores ranges of HEAD', () => {
    expect(answerWith(file, 'HEAD', { range: 'bytes=2-4' }).status).toBe(200);
  });
});
