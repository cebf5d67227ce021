/** Core: configuration, time, the database, problems, the queue. Knows nothing of reports. */
export * from './clock.js';
export * from './config.js';
export * from './database.js';
export * from './page.js';
export * from './problem.js';
export * from './project-root.js';
