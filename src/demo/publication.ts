/** One list of one publisher: where it is found and what it holds on a simulated day. */
export interface Publication {
  /** Host and path, without scheme: `www.iso20022.org/sites/default/…`. */
  readonly address: string;
  readonly about: string;
  readonly contentType: string;
  readonly bytesOn: (day: number) => Buffer;
  readonly publishedAt: (day: number) => Date;
}
