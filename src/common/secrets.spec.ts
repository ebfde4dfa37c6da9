import fc from 'fast-check';
import { logLine, masked, maskedValue, passwordsIn, registerSecret } from './secrets.js';

const CANARY = 'canary-4711-xyzzy';

describe('a secret that is known', () => {
  it('is masked wherever it stands, in every form', () => {
    const secret = 'Known "word"/of+the house: ä%7';
    registerSecret(secret);
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify({ text: secret }),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ];
    for (const form of forms) expect(masked(`before ${form} after`)).toMatch(/^before .*\*\*\*.* after$/);
    expect(masked(forms.join(' '))).not.toMatch(/Known|house/);
  });

  it('is masked whole where another one is a part of it', () => {
    registerSecret('a-longer-secret');
    registerSecret('a-longer-secret-still');
    expect(masked('x a-longer-secret-still x')).toBe('x *** x');
  });

  it.each(['postgres', 'isinglass', 'short', ''])('may not be a word that logs need: "%s"', (word) => {
    registerSecret(word);
    expect(masked('isinglass asks postgres for a short while')).toBe(
      'isinglass asks postgres for a short while',
    );
  });
});

describe('a secret that is not known is masked by what stands before it', () => {
  it.each([
    [`postgres://keeper:${CANARY}@db:5432/house`, 'postgres://keeper:***@db:5432/house'],
    [`postgres://keeper:${CANARY}@x@db/house`, 'postgres://keeper:***@db/house'],
    [`https://:${CANARY}@mirror.example/a@b`, 'https://:***@mirror.example/a@b'],
    [
      `/?to=https%3A%2F%2Fkeeper%3A${CANARY}%40host%2Fx&n=1`,
      '/?to=https%3A%2F%2Fkeeper%3A***%40host%2Fx&n=1',
    ],
    [`/?to=https%3A%2F%2Fkeeper%3A${CANARY}%40x%3Ay%40host%2Fx%40y`, '/?to=https%3A%2F%2Fkeeper%3A***%40y'],
    [`/?to=https%3A%2F%2Fkeeper%3Aa%2F${CANARY}%40host`, '/?to=https%3A%2F%2Fkeeper%3A***%40host'],
    ['/?to=https%3A%2F%2Fhost%3A8080%2Fx', '/?to=https%3A%2F%2Fhost%3A8080%2Fx'],
    [`{"cookie":"a\\\\${CANARY}\\\\"}`, '{"cookie":"***\\\\"}'],
    [`"{\\"token\\":\\"a\\\\\\\\b${CANARY}\\"}"`, '"{\\"token\\":\\"***\\"}"'],
    [`Authorization: Bearer ${CANARY}`, 'Authorization: ***'],
    [`GET /\r\nCookie: a=${CANARY}; b="${CANARY}"; c=1\r\nHost: x`, 'GET /\r\nCookie: ***\r\nHost: x'],
    [`Set-Cookie: sid=${CANARY}; Path=/`, 'Set-Cookie: ***'],
    [`{ authorization: 'Basic ${CANARY}', host: 'x' }`, `{ authorization: '***', host: 'x' }`],
    [`{"cookie":"sid=${CANARY}","n":1}`, '{"cookie":"***","n":1}'],
    [`asked with Bearer ${CANARY}, twice`, 'asked with Bearer ***, twice'],
    [`asked with bearer ${CANARY}`, 'asked with bearer ***'],
    ['Basic a2VlcGVyOmNhbmFyeTQ3MTE=', 'Basic ***'],
    ['isk_live_AbCd1234_canary4711xyzzyCRC', 'isk_live_AbCd1234_***'],
    ['(isk_canary4711xyzzy)', '(isk_***)'],
    ['/setup?with=isl_canary4711xyzzy', '/setup?with=isl_***'],
    ['sid=iss_canary4711-xyzzy_', 'sid=iss_***'],
    [`{"password":"${CANARY}","name":"x"}`, '{"password":"***","name":"x"}'],
    [`{"newPassword" : "a\\"${CANARY}"}`, '{"newPassword" : "***"}'],
    [`"{\\"client_secret\\":\\"${CANARY}\\",\\"n\\":1}"`, '"{\\"client_secret\\":\\"***\\",\\"n\\":1}"'],
    [`{ setupToken: '${CANARY}', n: 1 }`, `{ setupToken: '***', n: 1 }`],
    ['{"otp":471147,"n":1}', '{"otp":***,"n":1}'],
    ['{"code":"471147"}', '{"code":"***"}'],
    [`{"recoveryCodes":["${CANARY}","${CANARY}"],"n":1}`, '{"recoveryCodes":[***],"n":1}'],
    [`{"password":"${CANARY}`, '{"password":"***'],
    [`/link?token=${CANARY}&page=2`, '/link?token=***&page=2'],
    [`/callback?code=${CANARY}&state=held`, '/callback?code=***&state=held'],
    [`ISINGLASS_SETUP_TOKEN=${CANARY} npx isinglass`, 'ISINGLASS_SETUP_TOKEN=*** npx isinglass'],
    [`Key (token)=(${CANARY}) already exists.`, 'Key (token)=(***) already exists.'],
    ['$argon2id$v=19$m=65536,t=3,p=1$canary4711$xyzzy', '$argon2id$***'],
  ])('%s', (text, expected) => {
    const result = masked(text);
    expect(result).toBe(expected);
    expect(masked(result)).toBe(result);
  });
});

describe('what is no secret', () => {
  it.each([
    'ISINGLASS_SETUP_TOKEN: expected at least 20 characters',
    'DATABASE_URL: expected a URL that begins with postgres:// or postgresql://',
    'postgres://db:5432/house, http://[::1]:3000/a:b@c, https://mirror.example/x',
    'password: must have at least 15 characters',
    'the token of run 12 was taken; disk_full, risk_weight, miss_rate',
    'key isk_live_AbCd1234 was revoked by ada@company.example',
    'Debt instruments, bonds: fixed rate, government guarantee, fixed maturity, bearer',
    'the bearer of the news is 12 days old',
    '{"isSecret":true,"password":null,"code":"SETTING_INVALID","nextStep":"see /docs"}',
    '/v1/runs?state=held&source=xx-iso-mic',
    'INE002A01018 Reliance Industries Limited, sha256 9f86d081884c7d659a2feaa0c55ad015',
    'duplicate key value violates unique constraint "record_isin_source_mic_pkey"',
  ])('stays as it is: %s', (text) => {
    expect(masked(text)).toBe(text);
  });
});

describe('masking', () => {
  it('does nothing to what it did', () => {
    const words = [
      'token=',
      '"password":',
      '"',
      "'",
      'Bearer ',
      'Cookie: ',
      '://a:',
      '@',
      '\\"',
      'isk_',
      '[',
      'x9',
      '\n',
      ' ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (parts) => {
        const once = masked(parts.join(''));
        expect(masked(once)).toBe(once);
      }),
    );
  });

  // How long each rule may take: `test/architecture/regexes.spec.ts`.
  it('goes to the end of a long text', () => {
    const filler = 'x '.repeat(60_000);
    expect(masked(`${filler}postgres://keeper:${CANARY}@db`)).toBe(`${filler}postgres://keeper:***@db`);
  });

  it('of a value keeps its shape', () => {
    registerSecret(CANARY);
    const day = new Date(0);
    expect(
      maskedValue({
        count: 2,
        token: 7,
        day,
        list: [`x ${CANARY}`],
        inner: { password: 'p', cookie: 'c', isSecret: true },
      }),
    ).toEqual({
      count: 2,
      token: '***',
      day: day.toISOString(),
      list: ['x ***'],
      inner: { password: '***', cookie: '***', isSecret: true },
    });
    expect(maskedValue(undefined)).toBeUndefined();
  });
});

describe('passwords of a URL', () => {
  it('are found before the host and in the query, as they are written and as they are meant', () => {
    expect(passwordsIn('postgres://u:a%2Fb@h/d?sslpassword=c&sslmode=require')).toEqual([
      'a%2Fb',
      'a/b',
      'c',
    ]);
    expect(passwordsIn('https://h/?a=b')).toEqual([]);
    expect(passwordsIn('no url')).toEqual([]);
  });
});

describe('a line of a log', () => {
  it('is one line, whatever somebody asked for', () => {
    const line = logLine('asked /x\n[isinglass] 1  - LOG all is well\r\u001b[2J\u0085\u2028\u202eevil\t.');
    expect(line).toBe(
      'asked /x\\n[isinglass] 1  - LOG all is well\\r\\u001b[2J\\u0085\\u2028\\u202eevil\\t.',
    );
  });

  it('keeps the frames of a stack readable, and masks what the error said', () => {
    const stack = `Error: token=${CANARY}\nforged\n    at publish (file:///house/publish.js:1:2)\n    at run (run.js:3:4)`;
    expect(logLine(stack)).toBe(
      'Error: token=***\\nforged\n    at publish (file:///house/publish.js:1:2)\n    at run (run.js:3:4)',
    );
  });
});
