/**
 * The ways a mail can leave: to a mail server by SMTP when one is configured, else as .eml files in a folder, which any
 * mail program opens. One mail has one recipient. A failure says what may be concluded from it, and concludes no more:
 * once the whole message, final dot included, may be with the server and no reply came, nobody knows.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DateTime } from 'luxon';
import { createTransport, type SendMailOptions } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type Clock, type Config, VIETNAM } from '#core';

export type Attachment = { fileName: string; contentType: string; content: Buffer };

export type Message = {
  /** With angle brackets. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  attachments: Attachment[];
};

export interface Transport {
  /** @returns what the receiving side said. @throws SendFailure */
  send(message: Message): Promise<{ reply: string }>;
}

export class SendFailure extends Error {
  /**
   * @param outcome later: not taken, may be tried again · refused: not taken, and will not be · unknown: may have been taken
   * @param reply the mail server's own words, if it said any
   */
  constructor(
    readonly outcome: 'later' | 'refused' | 'unknown',
    message: string,
    readonly reply: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SendFailure';
  }
}

/** Milliseconds without a sign of the server. RFC 5321 §4.5.3.2 grants it ten minutes to answer the final dot. */
export type Patience = { connect: number; greeting: number; silence: number };
const PATIENCE: Patience = { connect: 30_000, greeting: 30_000, silence: 600_000 };

export function transportOf(config: Config, clock: Clock): Transport {
  return config.smtpUrl
    ? new SmtpTransport(config.smtpUrl, config.mailFrom, clock)
    : new FolderTransport(join(config.varDir, 'mail'), config.mailFrom, clock);
}

export class SmtpTransport implements Transport {
  /** @param url smtp:// or smtps://, with user and password where needed; nodemailer's options may follow as a query */
  constructor(
    private readonly url: string,
    private readonly from: string,
    private readonly clock: Clock,
    private readonly patience: Patience = PATIENCE,
  ) {}

  async send(message: Message): Promise<{ reply: string }> {
    const mailer = createTransport({
      url: this.url,
      connectionTimeout: this.patience.connect,
      greetingTimeout: this.patience.greeting,
      dnsTimeout: this.patience.connect,
      socketTimeout: this.patience.silence,
    });
    // The message is read only after the server has answered DATA, and the final dot follows its last byte: as long as
    // that byte was not asked for, the server cannot have taken the message.
    let handedOver = false;
    async function* watched(bytes: Readable) {
      yield* bytes;
      handedOver = true;
    }
    mailer.use('stream', (mail, done) => {
      mail.message.processFunc((bytes) => Readable.from(watched(bytes)));
      done();
    });
    try {
      const sent = await mailer.sendMail(optionsOf(message, this.from, this.clock));
      return { reply: sent.response };
    } catch (error) {
      throw conclude(error, handedOver);
    } finally {
      mailer.close();
    }
  }
}

/** Replies in the 500s that speak of the session or of our own account, not of this mail: they pass, or are mended. */
const ABOUT_THE_SESSION = new Set([503, 530, 534, 535, 538]);

function conclude(error: unknown, handedOver: boolean): SendFailure {
  const { message, code, responseCode, response } = error as {
    message: string;
    code?: string;
    responseCode?: number;
    response?: string;
  };
  const fail = (outcome: SendFailure['outcome']) =>
    new SendFailure(outcome, message, response ?? null, { cause: error });
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 600)
    return fail(responseCode >= 500 && !ABOUT_THE_SESSION.has(responseCode) && code !== 'EAUTH' ? 'refused' : 'later');
  if (handedOver) return fail('unknown');
  // Without a reply these two mean that the mail itself cannot be sent: no valid recipient, or larger than the server takes.
  return fail(code === 'EENVELOPE' || code === 'EMESSAGE' ? 'refused' : 'later');
}

/** Writes each mail as one .eml file; the name carries the day and time in Vietnam and the Message-ID. */
export class FolderTransport implements Transport {
  constructor(
    private readonly folder: string,
    private readonly from: string,
    private readonly clock: Clock,
  ) {}

  async send(message: Message): Promise<{ reply: string }> {
    const time = DateTime.fromJSDate(this.clock.now()).setZone(VIETNAM).toFormat('yyyyMMdd-HHmmss');
    const name = `${time}-${message.messageId.replace(/[^A-Za-z0-9.@-]/g, '')}.eml`;
    const beside = join(this.folder, `${randomUUID()}.part`);
    try {
      const mime = await new MailComposer(optionsOf(message, this.from, this.clock)).compile().build();
      await mkdir(this.folder, { recursive: true });
      const file = await open(beside, 'wx');
      try {
        await file.writeFile(mime);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, join(this.folder, name));
      return { reply: `written to ${name}` };
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      throw new SendFailure('later', error instanceof Error ? error.message : String(error), null, { cause: error });
    }
  }
}

function optionsOf(message: Message, from: string, clock: Clock): SendMailOptions {
  return {
    messageId: message.messageId,
    date: clock.now(),
    from,
    to: message.to,
    subject: message.subject,
    text: message.text,
    html: message.html,
    attachments: message.attachments.map(({ fileName, contentType, content }) => ({
      filename: fileName,
      contentType,
      content,
    })),
    // RFC 3834: no answering machine may answer a machine.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
