/**
 * Configuration: read once from the environment, validated, frozen. Nothing else in the project reads a setting
 * from process.env; who starts processes only hands it on to them.
 * A wrong value stops the process with one sentence per mistake that says what to set instead.
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { projectRoot } from './project-root.js';

const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  });

const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `${least}–${most}`;
  const error = `must be a whole number, ${range}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error });
};

/** Words apart by commas. */
const list = (good: (item: string) => boolean, must: string) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .refine((items) => items.every(good), { error: must });
const isOrigin = (text: string) =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;

/** An address, or addresses that begin alike: 10.0.0.0/8, 2001:db8::/32. */
export function isAddressRange(text: string): boolean {
  const [address, bits, ...more] = text.split('/');
  const version = isIP(address!);
  const known = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  return version !== 0 && known && more.length === 0 && !address!.includes('%');
}

const Environment = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().includes('@').default('Báo cáo NQ57 <bao-cao@localhost>'),
  MAIL_RETURN_PATH: z.email().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65535).default(3000),
  VAR_DIR: z.string().default('var'),
  CLOCK_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_POOL: whole(1, 200).default(10),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: whole(0, 65535).optional(),
  DRAIN_SECONDS: whole(0, 120).default(0),
  RATE_PER_CALLER: whole(1).default(600),
  RATE_PER_ADDRESS: whole(1).default(6000),
  REQUEST_SECONDS: whole(1, 600).default(120),
  TRUSTED_PROXIES: list(isAddressRange, 'must be addresses or ranges, apart by commas: 10.0.0.7, 10.1.0.0/16'),
  CORS_ORIGINS: list(isOrigin, 'must be origins, apart by commas: https://console.example.vn'),
});

export type Config = Readonly<{
  environment: 'production' | 'development' | 'test';
  /** undefined = the embedded PostgreSQL in `varDir`, started by the launcher. */
  databaseUrl?: string;
  /** undefined = the queue lives in PostgreSQL. */
  redisUrl?: string;
  /** undefined = mails are written as .eml files into `varDir`/mail. */
  smtpUrl?: string;
  mailFrom: string;
  /** undefined = the address of `mailFrom`: where mail servers send what comes back. */
  mailReturnPath?: string;
  host: string;
  port: number;
  /** Absolute path of the folder for data that must outlive the process. */
  varDir: string;
  /** Rehearsals only: see Clock. */
  clockFile?: string;
  logLevel: string;
  databasePool: number;
  /** The inner door (metrics, health): undefined = closed. */
  metricsPort?: number;
  metricsHost: string;
  /** How long a process that was told to stop says "not ready" before it takes no more requests. */
  drainSeconds: number;
  /** Requests a minute, by token and by address; over it 429. */
  ratePerCaller: number;
  ratePerAddress: number;
  /** A request must have arrived within so many seconds, and be answered within as many. */
  requestSeconds: number;
  /** Whose X-Forwarded-For is believed: the proxies in front of us. Empty = nobody's. */
  trustedProxies: string[];
  /** Web pages that may call from a browser. Empty = none. */
  corsOrigins: string[];
}>;

const WRONG = 'Cấu hình (biến môi trường) sai · The configuration is wrong:';

/** @throws Error naming each wrong variable, one line each. */
export function loadConfig(env: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`${WRONG}\n${lines.join('\n')}`);
  }
  const e = parsed.data;
  if (e.CLOCK_FILE && e.NODE_ENV === 'production')
    throw new Error(`${WRONG}\n  CLOCK_FILE: a rehearsed clock is refused in production; unset it`);
  return Object.freeze({
    environment: e.NODE_ENV,
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    smtpUrl: e.SMTP_URL,
    mailFrom: e.MAIL_FROM,
    mailReturnPath: e.MAIL_RETURN_PATH,
    host: e.HOST,
    port: e.PORT,
    varDir: resolve(projectRoot, e.VAR_DIR),
    clockFile: e.CLOCK_FILE,
    logLevel: e.LOG_LEVEL,
    databasePool: e.DATABASE_POOL,
    metricsPort: e.METRICS_PORT,
    metricsHost: e.METRICS_HOST,
    drainSeconds: e.DRAIN_SECONDS,
    ratePerCaller: e.RATE_PER_CALLER,
    ratePerAddress: e.RATE_PER_ADDRESS,
    requestSeconds: e.REQUEST_SECONDS,
    trustedProxies: e.TRUSTED_PROXIES,
    corsOrigins: e.CORS_ORIGINS,
  });
}

/** For a program that is given its database: the configuration, or one sentence on stderr and the end of the process. */
export function servedConfig(): Config & { databaseUrl: string } {
  try {
    const { databaseUrl, ...config } = loadConfig();
    if (!databaseUrl)
      throw new Error(
        'Chưa có DATABASE_URL: đặt biến này, hoặc chạy "npm start" · DATABASE_URL is not set: set it, or run "npm start", which brings a database',
      );
    return Object.freeze({ ...config, databaseUrl });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
