/** Core: configuration, time, the database, problems, the queue. Knows nothing of reports. */
export * from './clock.js';
export * from './config.js';
export * from './core.module.js';
export * from './cron.js';
export * from './database.js';
export * from './embedded.js';
export { findRunning } from './embedded-recovery.js';
export { FileStore, type StoredFile } from './file-store.js';
export * from './instant.js';
export * from './page.js';
export * from './problem.js';
export * from './project-root.js';
export * from './queue.js';
export * from './queue-worker.js';
export * from './running.js';
export * from './watchdog.js';
