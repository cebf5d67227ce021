/**
 * Configuration: read once from the environment, validated, frozen. Nothing else in the project reads process.env.
 * A wrong value stops the process with one sentence per mistake that says what to set instead.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { projectRoot } from './project-root.js';

const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  });

const Environment = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().includes('@').default('Báo cáo NQ57 <bao-cao@localhost>'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  VAR_DIR: z.string().default('var'),
  CLOCK_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(10),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  DRAIN_SECONDS: z.coerce.number().int().min(0).max(120).default(0),
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
}>;

/** @throws Error naming each wrong variable, one line each. */
export function loadConfig(env: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The configuration is wrong:\n${lines.join('\n')}`);
  }
  const e = parsed.data;
  if (e.CLOCK_FILE && e.NODE_ENV === 'production')
    throw new Error('The configuration is wrong:\n  CLOCK_FILE: a rehearsed clock is refused in production; unset it');
  return Object.freeze({
    environment: e.NODE_ENV,
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    smtpUrl: e.SMTP_URL,
    mailFrom: e.MAIL_FROM,
    host: e.HOST,
    port: e.PORT,
    varDir: resolve(projectRoot, e.VAR_DIR),
    clockFile: e.CLOCK_FILE,
    logLevel: e.LOG_LEVEL,
    databasePool: e.DATABASE_POOL,
    metricsPort: e.METRICS_PORT,
    metricsHost: e.METRICS_HOST,
    drainSeconds: e.DRAIN_SECONDS,
  });
}
