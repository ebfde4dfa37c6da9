import { Inject, Injectable, Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { CONFIG, type Config } from '../config/settings.js';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const TIMEOUT_MS = 15_000;

/** Sends mail where a server is set; where none is, links are shown to the admin who made them. */
@Injectable()
export class Mailer {
  private readonly logger = new Logger('Mail');
  private readonly transport;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'smtpUrl' | 'mailFrom'>) {
    this.transport =
      config.smtpUrl === undefined
        ? null
        : createTransport({
            url: config.smtpUrl,
            connectionTimeout: TIMEOUT_MS,
            greetingTimeout: TIMEOUT_MS,
            socketTimeout: TIMEOUT_MS,
          });
  }

  get isSet(): boolean {
    return this.transport !== null;
  }

  /** @returns was the server's answer that it takes it? The log says why not. */
  async send(mail: Mail): Promise<boolean> {
    if (this.transport === null) return false;
    try {
      await this.transport.sendMail({ ...mail, from: this.config.mailFrom ?? 'isinglass@localhost' });
      return true;
    } catch (error) {
      this.logger.error(`to ${mail.to}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }
}
