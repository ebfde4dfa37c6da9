type Environment = Readonly<Record<string, string | undefined>>;

/** Options of Node that take a protection away, with what each lets happen. */
const UNSAFE_OPTIONS: readonly (readonly [RegExp, string])[] = [
  [
    /^--(?:inspect|inspect-brk|inspect-wait|debug|debug-brk)(?:=|$)/,
    'whoever reaches the debugger runs what he likes',
  ],
  [/^--insecure-http-parser$/, 'requests can be smuggled past a proxy'],
  [/^--tls-min-v1\.[01]$/, 'connections take encryption that was broken'],
];

/** What Node was told, by its options or by the environment, that a house in production must not be: each with why. */
export function unsafeNodeFlags(
  environment: Environment = process.env,
  options: readonly string[] = process.execArgv,
): readonly string[] {
  const all = [...options, ...(environment['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const found = UNSAFE_OPTIONS.flatMap(([pattern, why]) =>
    all.filter((option) => pattern.test(option)).map((option) => `${option}: ${why}`),
  );
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    found.push('NODE_TLS_REJECT_UNAUTHORIZED=0: any server passes for the one that was asked');
  }
  return [...new Set(found)];
}
