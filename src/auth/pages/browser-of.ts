import Bowser from 'bowser';

const LONGEST_UNKNOWN = 40;

/** `Chrome 142 on Linux`: by which a person knows their browser again. @param userAgent as it was sent: anything */
export function browserOf(userAgent: string): string {
  if (userAgent === '') return 'unknown';
  const { browser, os } = Bowser.parse(userAgent);
  if (browser.name === undefined || browser.name === '') return userAgent.slice(0, LONGEST_UNKNOWN);
  const [version] = browser.version?.split('.') ?? [];
  return [browser.name, version, os.name && `on ${os.name}`].filter(Boolean).join(' ');
}
