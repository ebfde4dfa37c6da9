import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type PeerCertificate } from 'node:tls';
import type { buildConnector } from 'undici';
import { checkedLookup, PrivateAddressError, type Resolve } from './address.js';

/** The other side's certificate is not one we may trust. */
export class CertificateError extends Error {
  constructor(reason: string, options: { cause: unknown }) {
    super(reason, options);
    this.name = 'CertificateError';
  }
}

/** A step of an exchange took longer than it may. */
export class TimeLimitError extends Error {
  constructor(
    readonly step: 'connect' | 'headers' | 'idle' | 'rate' | 'total',
    message: string,
  ) {
    super(message);
    this.name = 'TimeLimitError';
  }
}

export interface SocketOptions {
  readonly connectMs: number;
  /** Asked about every address before a connection is made to it. */
  readonly mayConnectTo: (address: string) => boolean;
  /** Default: as this machine does. */
  readonly resolve?: Resolve | undefined;
  readonly signal: AbortSignal;
  onConnected(): void;
}

/**
 * Opens the sockets of one exchange. Written out because the connector that undici builds neither stops at a signal nor
 * checks IP literals, for which Node asks no `lookup`.
 */
export function socketsFor(options: SocketOptions): buildConnector.connector {
  return ({ hostname, port, protocol }, callback) => {
    if (isIP(hostname) && !options.mayConnectTo(hostname)) {
      callback(new PrivateAddressError(hostname, hostname), null);
      return;
    }
    const socket = startSocket(hostname, port, protocol === 'https:', options);
    const timer = setTimeout(() => {
      socket.destroy(new TimeLimitError('connect', `no connection within ${options.connectMs} ms`));
    }, options.connectMs);
    const stop = (): void => {
      socket.destroy(new Error('stopped while connecting'));
    };
    options.signal.addEventListener('abort', stop, { once: true });
    let isSettled = false;
    const settle = (error: Error | null): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
      if (error) {
        callback(error, null);
        return;
      }
      const { remoteAddress = '' } = socket;
      if (!options.mayConnectTo(remoteAddress)) {
        socket.destroy();
        callback(new PrivateAddressError(hostname, remoteAddress), null);
        return;
      }
      options.onConnected();
      callback(null, socket);
    };
    socket.setNoDelay(true);
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => settle(null));
    let shown: string | undefined;
    if (socket instanceof TLSSocket) {
      // Node lets go of a certificate it refuses before the error is heard; `secure` comes before its verdict.
      // Not getPeerX509Certificate: in Node 24.21, asked here, it makes the check of a good name fail (2026-11).
      socket.prependOnceListener('secure', () => {
        shown = describeCertificate(socket.getPeerCertificate());
      });
    }
    // Stays for the life of the socket: undici listens only once it has been handed over.
    socket.on('error', (error: Error) => settle(explain(error, socket, shown)));
    socket.once('close', () => settle(new Error('closed while connecting')));
  };
}

function startSocket(hostname: string, port: string, isTls: boolean, options: SocketOptions): Socket {
  const where = {
    host: hostname,
    port: Number(port || (isTls ? 443 : 80)),
    lookup: checkedLookup(options.mayConnectTo, options.resolve),
    // Node's 250 ms for each address but the last is shorter than a handshake with another continent may take.
    autoSelectFamilyAttemptTimeout: 2_500,
  };
  if (!isTls) return connectTcp(where);
  return connectTls({
    ...where,
    servername: isIP(hostname) ? '' : hostname,
    ALPNProtocols: ['http/1.1'],
  });
}

function explain(error: Error, socket: Socket, shown: string | undefined): Error {
  if (!(socket instanceof TLSSocket) || !socket.authorizationError) return error;
  const certificate = shown ? ` (${shown})` : '';
  return new CertificateError(`${error.message}${certificate}`, { cause: error });
}

function describeCertificate({
  subject,
  valid_from,
  valid_to,
}: Partial<PeerCertificate>): string | undefined {
  return subject && `CN=${String(subject.CN)}, valid from ${valid_from} to ${valid_to}`;
}
