/** An answer, as far as tests look at it. */
export interface Visited {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string | null;
  readonly text: string;
}

/** Somebody with a browser without scripts: keeps cookies, follows nothing by itself, and sends forms from our own pages. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Visited> {
    return this.send(path, { method: 'GET', headers });
  }

  post(
    path: string,
    form: Readonly<Record<string, string | readonly string[]>> = {},
    headers: Readonly<Record<string, string>> = { origin: this.url },
  ): Promise<Visited> {
    const body = new URLSearchParams(
      Object.entries(form).flatMap(([name, value]) =>
        [value].flat().map((each) => [name, each] as [string, string]),
      ),
    );
    return this.send(path, { method: 'POST', headers, body });
  }

  private async send(
    path: string,
    init: RequestInit & { headers: Readonly<Record<string, string>> },
  ): Promise<Visited> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(this.url + path, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie !== '' && { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get('location'),
      text: await response.text(),
    };
  }
}

/** What a page says in the words of an error. */
export const codeOn = ({ text }: Visited): string | undefined => /\(([A-Z][A-Z_]+)\)/.exec(text)?.[1];
