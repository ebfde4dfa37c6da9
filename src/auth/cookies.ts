import type { Request, Response } from 'express';

const DEVICE_DAYS = 180;
const DAY_MS = 86_400_000;

/** The cookies of the pages: none can be read by scripts, and none is sent with what another site begins. */
export class Cookies {
  private readonly prefix: string;

  /** @param isSecure the house is reached by https: then browsers keep the cookies to this very host */
  constructor(private readonly isSecure: boolean) {
    this.prefix = isSecure ? '__Host-' : '';
  }

  session(request: Pick<Request, 'headers'>): string | undefined {
    return this.read(request, 'isk_sid');
  }

  device(request: Pick<Request, 'headers'>): string | undefined {
    return this.read(request, 'isk_device');
  }

  oidc(request: Pick<Request, 'headers'>): string | undefined {
    return this.read(request, 'isk_oidc');
  }

  /** Ends with the browser: how long it opens is the server's to say. */
  setSession(response: Response, token: string): void {
    this.write(response, 'isk_sid', token);
  }

  setDevice(response: Response, token: string): void {
    this.write(response, 'isk_device', token, DEVICE_DAYS * DAY_MS);
  }

  setOidc(response: Response, state: string): void {
    this.write(response, 'isk_oidc', state);
  }

  clearSession(response: Response): void {
    this.write(response, 'isk_sid', '', 0);
  }

  clearOidc(response: Response): void {
    this.write(response, 'isk_oidc', '', 0);
  }

  private read({ headers }: Pick<Request, 'headers'>, name: string): string | undefined {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
    const found = pairs.filter((pair) => pair.startsWith(`${this.prefix}${name}=`));
    // Two of one name are not ours alone.
    const [pair] = found;
    return found.length === 1 ? pair?.slice(this.prefix.length + name.length + 1) || undefined : undefined;
  }

  private write(response: Response, name: string, value: string, maxAgeMs?: number): void {
    response.cookie(`${this.prefix}${name}`, value, {
      httpOnly: true,
      secure: this.isSecure,
      sameSite: 'lax',
      path: '/',
      ...(maxAgeMs !== undefined && { maxAge: maxAgeMs }),
    });
  }
}
